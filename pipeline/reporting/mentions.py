"""Find the facts of translations, so that pages can mark a fact in the source and in its translation. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Mention, Translation

__all__ = ["NAME_MATCH", "best_name", "parsed_mentions"]

# From here on two spellings are variants of one name, as pipeline.facts.romanise.name_similarity describes.
NAME_MATCH = 0.8


def parsed_mentions(translation: Translation, published: str | None) -> tuple[Mention, ...]:
    """Parse a translation, with the day of publication of its article; nothing where it is the sentence itself."""
    from pipeline.facts import parse

    if translation.source_language == translation.target_language:
        return ()
    return tuple(parse(translation.text, translation.target_language, reference=published))


def best_name(surface: str, mentions: Sequence[Mention]) -> Mention | None:
    """Return the name among mentions that is most like a name in any script, ``None`` where none is alike."""
    from pipeline.facts.romanise import name_similarity

    names = [m for m in mentions if m.kind == "name"]
    scored = [(name_similarity(surface, m.surface), -m.start, m) for m in names]
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best and best[0] >= NAME_MATCH else None
