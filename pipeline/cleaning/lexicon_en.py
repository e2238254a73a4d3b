"""Page furniture in English, with the names of networks that every language uses. Data only; see ``lexicon``."""

from __future__ import annotations

from pipeline.cleaning.lexicon import Lexicon

__all__ = ["TABLE"]

_NETWORK = (
    r"(?:facebook|fb|twitter|x(?: ?\((?:former(?:ly)?|ex)[ -]?twitter\))?|linked ?in|instagram|youtube"
    r"|tik ?tok|threads"
    r"|telegram|whats ?app|pinterest|reddit|bluesky|mastodon|flipboard|snapchat|tumblr|line|vk|weibo|wechat|rss)"
)
_THING = r"(?:article|story|page|post|news|link|this)"

TABLE = Lexicon(
    share=(
        rf"(?:share|tweet|post|pin|send|e-?mail|print|save|bookmark|copy|gift|listen to"
        rf"|download)(?: (?:this|the|a))?(?: {_THING})?",
        rf"(?:share|tweet|post|pin|send|e-?mail|print|save|follow)(?: (?:this|it))?(?: {_THING})? (?:(?:on"
        rf"|via|by|with|to|in|as) )?(?:a friend|friends|{_NETWORK}|e-?mail|pdf|messenger|google news)",
        r"share (?:options|buttons|tools)",
        r"copy (?:the )?(?:link|url)(?: to clipboard)?",
        r"link copied!?",
        r"(?:text|font) ?size",
        r"print (?:version|edition|page)",
        r"printer[- ]friendly(?: version)?",
        rf"share ?:?(?: ?[/,|·]? ?(?:{_NETWORK}|kakao(?:talk)?|e-?mail|mail|print|link|sms))+",
        r"add to (?:favou?rites|reading list|bookmarks)",
        r"resize text",
        r"(?:text|font) size(?: [a+-])*",
        r"listen(?: to (?:this )?article)?",
        r"report (?:a|an) (?:typo|error|mistake)",
        r"suggest (?:a )?corrections?",
        r"\d+ shares?",
    ),
    comments=(
        r"(?:leave|post|write|add|submit) (?:a|your) (?:comment|reply)",
        r"(?:view|read|show|see|hide|load)(?: all)?(?: \d+)? comments?",
        r"comments?(?: section)?",
        r"\d+ (?:comments?|replies)",
        r"no comments(?: yet)?",
        r"join the (?:conversation|discussion)",
        r"be the first to comment",
        r"(?:log|sign) ?in to (?:leave a )?(?:comment|reply)",
        r"comments are closed",
        r"have your say",
        r"cancel reply",
    ),
    newsletter=(
        r"(?:please )?(?:subscribe|sign up|register)(?: now| today| here| for free| free)?(?: (?:to"
        r"|for) .{2,90})?[.!]?",
        r"(?:get|receive) (?:our|the|your) (?:free |daily |weekly |morning |evening )*(?:newsletters?"
        r"|briefing|digest|e-?mail updates|alerts).{0,90}",
        r"(?:our |the |daily |weekly |free )*newsletters?(?: sign[- ]?up)?",
        r"newsletters? ?: .{2,120}",
        r"already a subscriber\? ?(?:log|sign) in.?",
        r"subscribers? only",
        r"this article is (?:for|reserved for) subscribers(?: only)?[.!]?",
        r"enter your e-?mail(?: address)?.{0,40}",
        r"you have \d+ (?:free )?articles? (?:left|remaining).{0,60}",
        r"download (?:our|the) (?:free )?app.{0,60}",
    ),
    cookies=(
        r"(?:this|our|the) (?:web ?)?site uses cookies.{0,300}",
        r"we (?:and our partners )?use cookies .{0,200}(?:site|website|experience|consent|agree|accept"
        r"|partners|ads).{0,200}",
        r"by (?:continuing|using) (?:to (?:browse|use) )?(?:this|our|the) (?:web ?)?site.{0,40} (?:agree"
        r"|accept|consent).{0,200}",
        r"(?:accept|reject|allow|decline|manage)(?: all)?(?: cookies| preferences| & close| and continue)",
        r"cookie (?:settings|preferences|consent)",
    ),
    legal=(
        r"(?:our |the |read our )?(?:privacy|cookies?|editorial|advertising|refund"
        r"|accessibility)(?: and cookies?)? (?:policy|notice|statement|policies|guidelines)",
        r"terms(?: (?:of (?:use|service)|and conditions|& conditions))?",
        r"privacy",
        r"cookies?",
        r"legal(?: notice)?s?",
        r"disclaimer",
        r"imprint",
        r"(?:do not sell|your) (?:my |privacy )?(?:personal information|choices|rights)",
        r"copyright(?: notice| policy)?",
    ),
    legal_phrases=(
        r"\ball rights reserved\b",
        r"^(?:copyright|©|ⓒ|\(c\)) ?(?:(?:©|ⓒ|\(c\)) ?)?(?:19|20)\d\d\b",
        r"^(?:©|ⓒ)",
        r"^copyright (?:©|ⓒ|\(c\))",
        r"\bmay not be (?:published|reproduced|republished).{0,40}(?:broadcast|rewritten|redistributed|permission)",
    ),
    navigation=(
        r"skip to (?:main )?(?:content|navigation|search)",
        r"(?:back to|return to) (?:top|home|homepage|main page)",
        r"(?:main )?menu",
        r"(?:sign|log) ?(?:in|out|up)(?: / register)?",
        r"my account",
        r"site ?map",
        r"(?:previous|next|older|newer)(?: (?:article|story|post|page)s?)?",
        r"advertisement(?:s)?",
        r"sponsored(?: content)?",
        r"story continues (?:below|after).{0,30}",
        r"article continues (?:below|after).{0,30}",
        r"scroll (?:down )?to continue.{0,30}",
        r"(?:read|show|see|load|view)(?: full)? (?:more|article|story|all)",
        r"(?:continue|keep) reading(?: (?:here|below|on .{2,30}))?",
        r"read (?:the|this) (?:full|whole|original|rest of the) (?:article|story|report|interview)"
        r"(?: (?:here|on .{2,40}))?",
        r"view gallery|photo gallery|view slideshow",
        r"loading\.{0,3}",
        r"skip ad",
    ),
    call_to_action=(
        r"click here(?: (?:for|to) .{2,100})?[.!]?",
        r"(?:for|to) [^.!?]{5,140}[, ](?:please )?click here[.!]?",
        r"(?:support|donate to) (?:our|independent) (?:journalism|work|newsroom).{0,60}",
        r"do you have a (?:story|tip)\?.{0,80}",
        r"get in touch.{0,40}",
    ),
    social=(
        _NETWORK,
        r"(?:official |our )?social (?:links|media|networks?|channels)(?: ?: ?.{2,150})?",
        rf"(?:follow|find|like|join|connect with) (?:us|me|the author|[\w ]{{2,30}}) (?:on|at) {_NETWORK}.{{0,100}}",
        r"follow us",
        rf"(?:our )?{_NETWORK} (?:page|channel|account)",
    ),
    home=(r"home ?(?:page)?", r"top(?: page)?", r"front ?page", r"main"),
    sections=(
        r"(?:local|world|latest|breaking|business|sports?|national|international|all|top|political|tech) ?news",
        r"news(?:room)?",
        r"world|nation(?:al)?|international|local|politics|business|econom(?:y|ics)|markets?|money|finance|companies",
        r"opinions?|editorials?|columns?|columnists|letters|analysis|commentary|explainers?",
        r"sports?|football|rugby|cricket|tennis|handball|basketball|baseball|golf|fixtures|results|tables"
        r"|standings|scores|teams|players",
        r"culture|arts?(?: (?:&|and) .{3,20})?|entertainment|music|films?|movies|tv(?: (?:&|and) radio)?"
        r"|television|books|theat(?:re|er)|celebrity|games?",
        r"life ?style|travel|food|fashion|style|health|wellness|fitness|family|real estate|property|homes?"
        r"|motoring|cars",
        r"sciences?|tech(?:nology)?|environment|climate|education|innovation|space",
        r"videos?|photos?|pictures|podcasts?|audio|live|radio|gallery|galleries|multimedia|interactives?",
        r"events?|calendar|weather|obituaries|puzzles|crosswords?|horoscopes?|tv guide|e-?paper|magazine"
        r"|shop|store|deals",
        r"press releases?|press|media|about|contact|people|interviews?|features?|topics|series|special reports?",
        r"about us|contact us|advertise(?: with us)?|careers?|jobs|help(?: cent(?:er|re))?|faqs?"
        r"|classifieds|archives?|search",
        r"asia|africa|europe|americas?|middle east|uk|us|usa|korea|japan|china|france",
    ),
    more=(r"more ?\+?", r"see (?:all|more)", r"view (?:all|more)"),
    most_read=(
        r"(?:the )?(?:most|best|top) (?:read|popular|viewed|shared|commented|watched|emailed"
        r"|clicked)(?: (?:stories|articles|news|today|this week|posts|videos))*",
        r"trending(?: (?:now|stories|topics|news|today))?",
        r"popular (?:stories|articles|posts|news|now|on .{2,30})",
        r"top stories",
    ),
    related=(
        r"related(?: (?:articles?|stories|story|news|coverage|content|links?|topics?|reading|posts?"
        r"|reports?|tags?|videos?))?",
        r"more (?:from|in|on) .{2,50}",
        r"more (?:stories|articles|news|coverage|headlines)",
        r"you (?:may|might) (?:also |be )?(?:like|enjoy|interested in|have missed)(?: .{2,20})?",
        r"(?:also )?read (?:more|also|next|this)",
        r"also read",
        r"see also",
        r"recommended(?: (?:for you|stories|reading|articles))?",
        r"don['’]t miss",
        r"latest (?:news|stories|headlines|articles|posts|(?:in|from) .{2,30})",
        r"keep reading",
        r"editor['’]?s['’]? (?:picks?|choice)",
        r"what to read next",
        r"(?:from )?around the web",
        r"up next",
        r"in case you missed it",
        r"promoted stories",
    ),
    contact=(
        r"for (?:any |all |more |further |general |media |press |additional )*(?:inquir(?:y|ies)"
        r"|enquir(?:y|ies)|information|queries|questions)[^.!?]{0,80}(?:contact|reach)[^.!?]{0,40}",
        r"(?:media|press|investor|public|news|editorial|pr)(?:[ /]+(?:media|press"
        r"|relations))* (?:contacts?|inquir(?:y|ies)|enquir(?:y|ies))(?: information)?",
        r"contacts?(?: (?:information|details|for (?:the )?(?:media|press)))?",
        r"(?:inquiries|enquiries)",
    ),
    contact_labels=(
        r"(?:attn|attention|e-?mail|mail|tel|telephone|phone|fax|mobile|contact|address|web ?site|url|web) ?[.:：]",
    ),
    stamp_words=(
        r"(?:first |last |originally )?(?:published|updated|posted|modified|created|released|revised"
        r"|edited|issued)(?: (?:on|at))?",
        r"(?:last )?update",
        r"date|time|on|at|local time",
    ),
    updated=(r"(?:last )?(?:updated?|modified|revised|edited)",),
    bylines=(
        r"by:? (?:our |the )?(?:staff|agency|news|web|special)(?: (?:reporter|writer|correspondent|desk"
        r"|team|report))?s?",
        r"(?:staff|agency|news|web) (?:reporter|writer|correspondent|desk|report)",
        r"(?:wire|agency|staff) reports?",
        r"(?:(?:our )?staff(?: and)?|news|wire)? ?(?:agencies|wires|services)",
        r"(?:reuters|associated press|ap|agence france-presse|bloomberg|yonhap|upi|dpa|efe|ansa|xinhua)",
    ),
    reading=(r"(?:about |approx\.? )?\d+[- ]min(?:ute)?s?(?: read)?", r"reading time ?:? ?\d+ ?min(?:ute)?s?"),
    margin_labels=(
        r"tags?|keywords?|topics?|categor(?:y|ies)|filed under",
        r"(?:next|previous|up next|read next)(?: (?:article|story|post|up))?",
        r"(?:also|elsewhere|now) on .{2,40}",
        r"more (?!than\b)[\w'-]+(?: [\w'-]+)?",
        r"sponsored(?: (?:content|by .{2,30}))?|promoted|advertisement|partner content",
    ),
    invitations=(
        r"\b(?:newsletters?|subscribe|sign up|your inbox|daily briefing|morning briefing|e-?mail alerts)\b",
        r"\b(?:follow|join|support|like|visit|download) (?:us|our|the [\w ]{2,20} (?:app|page|channel))\b",
        r"\b(?:support|fund) (?:us|our|independent) (?:journalism|work|newsroom)\b",
        r"^(?:send|tell|e-?mail) us\b",
        r"^(?:donate|contribute|become a member|go premium)\b",
    ),
    notices=(r"\bnot responsible for\b.{0,40}\bcontent\b",),
)
