"""Find quoted speech and, where a verb of saying ties it to a name nearby, who said it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

from pipeline.facts.romanise import name_key
from pipeline.records import Mention

__all__ = ["quotes"]

_QUOTED = re.compile(
    r"«\s?(?P<a>[^«»]{8,600}?)\s?»|“(?P<b>[^“”]{6,600})”|\"(?P<c>[^\"]{6,600})\"|‘(?P<d>[^‘’]{6,300})’(?!\w)|「(?P<e>[^「」]{4,300})」"
)
_SAYING = MappingProxyType(
    {
        "en": re.compile(
            r"\b(?:said|says|told|added|adds|stated|remarked|explained|noted|highlighted|commented|wrote|asked|announced|"
            r"replied|insisted|stressed|warned|declared|according to)\b",
            re.IGNORECASE,
        ),
        "fr": re.compile(
            r"\b(?:dit|déclaré|déclare|ajouté|ajoute|affirmé|affirme|souligné|souligne|expliqué|explique|indiqué|indique|"
            r"estimé|estime|confié|précisé|précise|annoncé|assuré|assure|souri|selon|demandé|répondu|rappelé)\b",
            re.IGNORECASE,
        ),
        "ko": re.compile(
            r"(?:말했|밝혔|전했|설명했|강조했|덧붙였|주장했|지적했|평가했|당부했|라며|라고|다며|이라면서|라면서)"
        ),
    }
)
_BEFORE, _AFTER = 90, 90
_MIN_WORDS = 2
_KEY_LENGTH = 80


def quotes(text: str, language: str, names: Sequence[Mention] = ()) -> list[Mention]:
    """Find quotations of two words or more.

    Args:
        text: normalised text.
        language: ISO 639-1 code.
        names: the names of the text; the nearest that shares a clause with a verb of saying is the speaker.

    Returns:
        Mentions whose span is what stands between the quotation marks; ``role`` is the speaker as written, if found.
    """
    found = []
    for match in _QUOTED.finditer(text):
        group = match.lastgroup or "a"
        start, end = match.span(group)
        if len(match.group(group).split()) < _MIN_WORDS:
            continue
        speaker = _speaker(text, match.span(), language, names)
        surface = text[start:end]
        found.append(Mention("quote", name_key(surface)[:_KEY_LENGTH], surface, start, end, role=speaker))
    return found


def _speaker(text: str, span: tuple[int, int], language: str, names: Sequence[Mention]) -> str | None:
    saying = _SAYING.get(language)
    if saying is None:
        return None
    start, end = span
    candidates: list[tuple[bool, int, str]] = []  # a known person before a name of any kind, then the nearest
    for name in names:
        before = name.end <= start <= name.end + _BEFORE and _ties(text, name.end, span, saying)
        after = end <= name.start <= end + _AFTER and _follows(text, name, end, saying)
        if name.role != "place" and (before or after):
            distance = start - name.end if before else name.start - end
            candidates.append((name.role != "person", distance, name.surface))
    return min(candidates)[2] if candidates else None


def _follows(text: str, name: Mention, end: int, saying: re.Pattern[str]) -> bool:
    """Tell whether a name after a quotation stands with a verb of saying in the same sentence."""
    apart = re.search(r"[.!?]\s", text[end : name.start])
    return apart is None and saying.search(text, end, min(len(text), name.end + 30)) is not None


def _ties(text: str, name_end: int, span: tuple[int, int], saying: re.Pattern[str]) -> bool:
    """Tell whether a verb of saying stands between a name and the quotation after it, or just after that."""
    start, end = span
    if re.search(r"[.!?]\s", text[name_end:start]):
        return False
    return saying.search(text, name_end, start) is not None or saying.search(text, end, end + 25) is not None
