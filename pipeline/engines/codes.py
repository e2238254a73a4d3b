"""Say what each family of translation models calls a language. Pure tables.

Concord speaks ISO 639-1 (``fr``, ``ko``, ``en``), and ISO 639-3 where there is no shorter code. NLLB speaks FLORES-200
codes, MADLAD-400 and M2M-100 mostly ISO 639-1, multi-target Marian models ISO 639-1 or 639-3.
"""

from __future__ import annotations

from functools import cache

__all__ = ["from_foreign", "m2m100_codes", "nllb_codes"]

# One FLORES-200 code per ISO 639-1 code. Where FLORES has several varieties of a language, the standard or most written
# one is taken: Modern Standard Arabic, simplified Chinese, Bokmål.
_FLORES = """
af:afr_Latn am:amh_Ethi ar:arb_Arab as:asm_Beng ay:ayr_Latn az:azj_Latn ba:bak_Cyrl be:bel_Cyrl bg:bul_Cyrl bm:bam_Latn
bn:ben_Beng bo:bod_Tibt bs:bos_Latn ca:cat_Latn cs:ces_Latn cy:cym_Latn da:dan_Latn de:deu_Latn dz:dzo_Tibt ee:ewe_Latn
el:ell_Grek en:eng_Latn eo:epo_Latn es:spa_Latn et:est_Latn eu:eus_Latn fa:pes_Arab ff:fuv_Latn fi:fin_Latn fj:fij_Latn
fo:fao_Latn fr:fra_Latn ga:gle_Latn gd:gla_Latn gl:glg_Latn gn:grn_Latn gu:guj_Gujr ha:hau_Latn he:heb_Hebr hi:hin_Deva
hr:hrv_Latn ht:hat_Latn hu:hun_Latn hy:hye_Armn id:ind_Latn ig:ibo_Latn is:isl_Latn it:ita_Latn ja:jpn_Jpan jv:jav_Latn
ka:kat_Geor kg:kon_Latn ki:kik_Latn kk:kaz_Cyrl km:khm_Khmr kn:kan_Knda ko:kor_Hang ks:kas_Arab ku:kmr_Latn ky:kir_Cyrl
lb:ltz_Latn lg:lug_Latn li:lim_Latn ln:lin_Latn lo:lao_Laoo lt:lit_Latn lv:lvs_Latn mg:plt_Latn mi:mri_Latn mk:mkd_Cyrl
ml:mal_Mlym mn:khk_Cyrl mr:mar_Deva ms:zsm_Latn mt:mlt_Latn my:mya_Mymr nb:nob_Latn ne:npi_Deva nl:nld_Latn nn:nno_Latn
no:nob_Latn ny:nya_Latn oc:oci_Latn om:gaz_Latn or:ory_Orya pa:pan_Guru pl:pol_Latn ps:pbt_Arab pt:por_Latn qu:quy_Latn
rn:run_Latn ro:ron_Latn ru:rus_Cyrl rw:kin_Latn sa:san_Deva sc:srd_Latn sd:snd_Arab sg:sag_Latn si:sin_Sinh sk:slk_Latn
sl:slv_Latn sm:smo_Latn sn:sna_Latn so:som_Latn sq:als_Latn sr:srp_Cyrl ss:ssw_Latn st:sot_Latn su:sun_Latn sv:swe_Latn
sw:swh_Latn ta:tam_Taml te:tel_Telu tg:tgk_Cyrl th:tha_Thai ti:tir_Ethi tk:tuk_Latn tl:tgl_Latn tn:tsn_Latn tr:tur_Latn
ts:tso_Latn tt:tat_Cyrl tw:twi_Latn ug:uig_Arab uk:ukr_Cyrl ur:urd_Arab uz:uzn_Latn vi:vie_Latn wo:wol_Latn xh:xho_Latn
yi:ydd_Hebr yo:yor_Latn zh:zho_Hans zu:zul_Latn
"""
# The hundred languages of M2M-100; its tokenizer adds them itself, so a checkpoint need not list them.
_M2M100 = """
af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy id
ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si
sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu
"""
# ISO 639-3 codes of whole languages, where FLORES names one variety.
_MACRO = """
ara:ar aze:az fas:fa ful:ff kon:kg kur:ku lav:lv mlg:mg mon:mn msa:ms nep:ne nor:no ori:or orm:om pus:ps que:qu sqi:sq
swa:sw uzb:uz yid:yi cmn:zh
"""


@cache
def nllb_codes() -> dict[str, str]:
    """Return FLORES-200 codes by ISO 639-1 code."""
    return dict(item.split(":") for item in _FLORES.split())


def m2m100_codes() -> dict[str, str]:
    """Return the language tokens of M2M-100 by ISO code."""
    return {code: f"__{code}__" for code in _M2M100.split()}


@cache
def _from_three_letters() -> dict[str, str]:
    table = {flores[:3]: iso for iso, flores in nllb_codes().items() if iso != "no"}  # nob is "nb" as well
    return table | dict(item.split(":") for item in _MACRO.split())


def from_foreign(code: str) -> str:
    """Return the code that Concord uses for a model's own: ``fra``, ``fr_FR``, ``fra_Latn`` and ``fr`` are ``fr``.

    A code that is not in the tables comes back in lower case without script or region.
    """
    base = code.replace("-", "_").split("_")[0].lower()
    return _from_three_letters().get(base, base)
