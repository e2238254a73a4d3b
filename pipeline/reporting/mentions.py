"""Find the facts of translations, so that pages can mark a fact in the source and in its translation. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Mention
from pipeline.reporting.model import RunData

__all__ = ["NAME_MATCH", "best_name", "translated_mentions"]

# From here on two spellings are variants of one name, as pipeline.facts.romanise.name_similarity describes.
NAME_MATCH = 0.8


def translated_mentions(run: RunData) -> dict[str, tuple[Mention, ...]]:
    """Parse the translations of the sentences that findings cite and of those that hold a name.

    Returns:
        Mentions by segment id; only segments of interest that have a translation of their own are in it.
    """
    from pipeline.facts import parse

    published = {a.id: a.published for a in run.articles}
    cited = {side.segment_id for f in run.findings for side in (f.a, f.b) if side}
    named = {f.segment_id for f in run.facts if f.kind == "name"}
    wanted = cited | named
    return {
        t.segment_id: tuple(parse(t.text, t.target_language, reference=published.get(t.article_id)))
        for t in run.translations
        if t.segment_id in wanted and t.source_language != t.target_language
    }


def best_name(surface: str, mentions: Sequence[Mention]) -> Mention | None:
    """Return the name among mentions that is most like a name in any script, ``None`` where none is alike."""
    from pipeline.facts.romanise import name_similarity

    names = [m for m in mentions if m.kind == "name"]
    scored = [(name_similarity(surface, m.surface), -m.start, m) for m in names]
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best and best[0] >= NAME_MATCH else None
