"""Page furniture in French. Data only; see ``lexicon``."""

from __future__ import annotations

from pipeline.cleaning.lexicon import Lexicon

__all__ = ["TABLE"]

_NETWORK = (
    r"(?:facebook|twitter|x|linked ?in|instagram|youtube|tik ?tok|whats ?app|telegram|messenger"
    r"|pinterest|bluesky|threads)"
)
_ARTICLE = r"(?: (?:cet|l['’]|cette|la|le|ce) ?(?:article|page|lien|contenu|actualité|info))?"

TABLE = Lexicon(
    share=(
        rf"(?:partager|partagez|tweeter|imprimer|enregistrer|sauvegarder|envoyer|transférer|écouter|offrir"
        rf"|copier|épingler|télécharger){_ARTICLE}",
        rf"(?:partager|partagez|envoyer|suivre|publier){_ARTICLE} (?:sur|par|via|à|avec) (?:{_NETWORK}"
        rf"|e-?mail|courriel|mail|messagerie|un ami|google actualités)",
        r"copier le lien",
        r"partage[rz] (?:cet article|cette page|l['’]article|l['’]info) sur .{2,40}",
        r"lien copié ?!?",
        r"ajouter (?:à|aux) (?:mes |vos |ma )?(?:favoris|sélections?|liste(?: de lecture)?)",
        r"taille (?:du |de )?(?:texte|police)",
        r"(?:proposer|suggérer) une correction",
        r"signaler (?:une (?:erreur|faute)|un (?:problème|abus))(?: dans (?:le texte|l['’]article))?",
        r"lire (?:le journal numérique|plus tard)",
        r"offrir (?:cet|l['’]) ?article",
        r"écouter l['’]article",
        r"\d+ partages?",
        r"version imprimable",
    ),
    comments=(
        r"commenter",
        r"commentaires?",
        r"réagir",
        r"(?:lire|voir|afficher|consulter)(?: tous)? les (?:\d+ )?(?:commentaires|réactions)",
        r"(?:laisser|poster|écrire|ajouter|publier)(?: un| votre) commentaire",
        r"laisser une réponse",
        r"(?:\d+|aucun) (?:commentaires?|réactions?)",
        r"connectez-vous pour (?:commenter|réagir|laisser un commentaire).{0,40}",
        r"réagissez(?: à cet article)?",
        r"(?:les )?commentaires (?:sont )?(?:fermés|clos|désactivés)",
        r"contribuer",
        r"votre avis nous intéresse",
    ),
    newsletter=(
        r"(?:abonnez|inscrivez)-vous(?:.{0,120})",
        r"(?:je m['’]abonne|s['’]abonner|s['’]inscrire|m['’]inscrire)(?: .{2,80})?",
        r"(?:recevez|retrouvez) (?:notre|nos|la|chaque|toutes?|gratuitement)(?: .{0,40})?(?:lettre"
        r"|newsletters?|infolettre|alertes?|e-?mail|boîte mail)s?.{0,80}",
        r"(?:nos |la |notre )?(?:newsletters?|infolettre|lettres? d['’]information)",
        r"newsletters?(?: .{2,40})? : .{2,120}",
        r"déjà abonné(?:\(e\)|\.e|·e)? ?\?.{0,40}",
        r"(?:(?:cet )?article )?(?:est )?réservé aux abonnés\.?",
        r"(?:la suite|ce contenu) est réservée? (?:à nos|aux) abonnés\.?",
        r"il vous reste [\d.,]+ ?% de cet article à lire.{0,80}",
        r"votre (?:adresse )?e-?mail.{0,40}",
        r"téléchargez (?:notre|l['’]) ?(?:application|appli).{0,60}",
    ),
    cookies=(
        r"(?:ce|notre) site (?:web )?utilise des cookies.{0,300}",
        r"nous (?:et nos partenaires )?utilisons des cookies.{0,300}",
        r"en poursuivant (?:votre navigation|vos visites?).{0,200}",
        r"(?:tout )?(?:accepter|refuser)(?: (?:tout|et fermer|et continuer|les cookies|tous les cookies))?",
        r"(?:gérer|paramétrer|paramètres)(?: (?:les|des|mes|mon))?(?: (?:cookies|préférences|consentement))",
        r"continuer sans accepter",
    ),
    legal=(
        r"mentions légales",
        r"(?:politique|charte) (?:de|des|d['’]) ?(?:confidentialité|cookies|données.{0,20}"
        r"|protection.{0,30}|vie privée)",
        r"(?:conditions générales(?: .{2,30})?|cg[uv])",
        r"conditions d['’]utilisation",
        r"données personnelles",
        r"vie privée",
        r"gestion des cookies",
        r"annonces légales",
        r"crédits",
        r"charte (?:éditoriale|éthique|de déontologie)",
        r"accessibilité(?: ?: .{2,30})?",
    ),
    legal_phrases=(
        r"\btous droits (?:de reproduction(?: et de représentation)? )?réservés\b",
        r"\breproduction (?:totale ou partielle )?(?:est )?(?:strictement )?interdite\b",
    ),
    navigation=(
        r"aller au (?:contenu|menu)(?: principal)?",
        r"(?:retour|retourner) (?:à l['’]accueil|en haut|au sommaire)",
        r"haut de (?:la )?page",
        r"rechercher?",
        r"se (?:connecter|déconnecter)|connexion|mon compte|s['’]identifier",
        r"plan du site",
        r"(?:article|page) (?:précédente?|suivante?)",
        r"publicité",
        r"la suite après (?:la|cette) publicité",
        r"contenus? sponsorisés?",
        r"(?:lire|voir|afficher) (?:la suite|plus|tout)",
        r"nous contacter|contactez-nous|contact|qui sommes-nous(?: ?\?)?",
        r"petites annonces|carnet|avis de décès|emploi|boutique|archives|aide|faq",
        r"lire le journal",
        r"en direct",
        r"fermer",
    ),
    call_to_action=(
        r"cliquez ici(?: pour .{2,100})?[.!]?",
        r"pour [^.!?]{5,140},? cliquez ici[.!]?",
        r"(?:soutenez|faites un don à) .{2,60}",
    ),
    social=(
        r"(?:suivez|rejoignez|retrouvez)-nous(?: (?:aussi )?sur .{2,100})?",
        rf"suivre (?:.{{2,30}} )?sur {_NETWORK}",
        r"(?:nos |les )?réseaux sociaux(?: ?: ?.{2,100})?",
    ),
    home=(r"accueil", r"page d['’]accueil", r"(?:à la )?une"),
    sections=(
        r"actualités?|actus?|infos?|à la une|dernières? (?:minute|heure|infos)|toute l['’](?:info|actu|actualité)",
        r"monde|international|france|europe|régions?|locale?s?|faits[ -]divers|sociétés?|politique"
        r"|économie|entreprises|bourse|justice",
        r"sports?|football|foot|rugby|tennis|handball|basket|cyclisme|résultats|classements?|calendrier|auto-moto",
        r"culture|cinéma|musiques?|arts?|livres|séries|théâtre|expositions?|scènes?|spectacles"
        r"|télé(?:vision)?|médias|people|loisirs",
        r"opinions?|débats?|tribunes?|éditos?|chroniques?|idées|blogs?|analyses?|enquêtes?|reportages?",
        r"sciences?|santé|environnement|planète|climat|éducation|tech(?:nologies?|no)?|numérique|high-tech|pixels",
        r"vidéos?|photos?|podcasts?|diaporamas?|radio|direct|infographies?|dossiers?|jeux|mots croisés"
        r"|météo|agenda|sorties|voyages?|cuisine|mode|immobilier|horoscope|magazine|recettes|style",
        r"communiqués?(?: de presse)?|espace presse|presse|entretiens?|interviews?|portraits?|lettre culturelle",
    ),
    more=(r"(?:en )?(?:voir|lire|savoir) (?:plus|tout)", r"plus"),
    most_read=(
        r"(?:les )?(?:articles? |vidéos? |infos? )?(?:les )?(?:plus|\+) (?:lus?|lues|populaires|consultés"
        r"|partagés|commentés|vus|vues)",
        r"tendances",
        r"top (?:articles|des articles|lecture)",
        r"à la une",
    ),
    related=(
        r"(?:à|a) (?:lire|voir|écouter|découvrir)(?: (?:aussi|également|ailleurs|en plus))?(?: sur .{2,30})?",
        r"(?:lire|voir|lisez|découvrez) (?:aussi|également)",
        r"sur le même (?:sujet|thème)",
        r"dans la même (?:rubrique|catégorie|série)",
        r"(?:nos )?(?:autres )?(?:articles?|contenus?|sujets?|actualités?) (?:liée?s?|connexes?"
        r"|similaires?|recommandée?s?|associée?s?|à lire)",
        r"voir (?:plus|tous|d['’]autres) d?['’]?(?:les )?(?:articles|actualités|contenus).{0,30}",
        r"plus d['’](?:articles|actualités|infos).{0,30}",
        r"d['’]autres articles.{0,30}",
        r"nos autres articles",
        r"à ne pas (?:manquer|rater)",
        r"vous aimerez (?:aussi|peut-être)",
        r"(?:la rédaction|nous) vous (?:conseille|recommande|suggère|conseillons|recommandons)",
        r"pour aller plus loin",
        r"en (?:lien|rapport) avec (?:cet article|ce sujet)",
        r"(?:les )?derni(?:ers|ères) (?:articles|actualités|infos|titres)",
        r"ailleurs sur le web",
    ),
    contact=(
        r"contacts? (?:presse|médias?|médias? et presse)",
        r"(?:relations|service|service de) presse",
        r"pour (?:toute|plus d['’]|tout)[^.!?]{0,80}(?:contact|renseignement|information|question)[^.!?]{0,60}",
    ),
    contact_labels=(r"(?:courriel|adresse|tél(?:éphone)?|mél|site(?: web| internet)?|à l['’]attention de) ?[.:：]",),
    stamp_words=(
        r"(?:publiée?|mise? (?:à jour|en ligne)|modifiée?|postée?|actualisée?|créée?|diffusée?|édité"
        r"|parue?|écrit)(?: (?:le|à|par))?",
        r"mise à jour",
        r"le|à|heure de paris|et",
    ),
    updated=(r"(?:mise? à jour|modifiée?|actualisée?)",),
    bylines=(
        r"(?:par |avec |propos recueillis par )?(?:(?:la |notre )?(?:rédaction|correspondante?"
        r"|envoyée? spéciale?)|(?:l['’])?(?:afp|agence .{2,20}))(?: .{2,30})?",
    ),
    margin_labels=(
        r"(?:mots?[ -]clés?|étiquettes?|tags?|thèmes?|thématiques?|rubriques?|catégories?)(?: associés?)?",
        r"(?:article|sujet) (?:précédent|suivant)|(?:précédent|suivant)",
        r"(?:contenu |article )?(?:sponsorisé|partenaire|partenariat)|publicité",
        r"(?:tous|toutes) nos .{2,30}|nos (?:newsletters?|podcasts?|vidéos|applis)",
    ),
    invitations=(
        r"\b(?:abonnez|inscrivez|rejoignez|suivez|contactez|connectez|écrivez)-(?:vous|nous)\b",
        r"\b(?:newsletters?|infolettre|boîte mail)\b",
        r"\bsur les réseaux(?: sociaux)?\b",
        r"^(?:tous|toutes) (?:nos|les) (?:articles|actualités|vidéos|podcasts)\b",
        r"^(?:vos|toutes les) réactions\b",
        r"^signaler\b",
        r"^faire un don\b",
    ),
    notices=(r"\bdroits de reproduction\b",),
    reading=(r"(?:temps de )?lecture(?: estimé)? ?:? ?(?:\d+ ?min(?:ute)?s?\.?)", r"\d+ ?min(?:ute)?s? de lecture"),
)
