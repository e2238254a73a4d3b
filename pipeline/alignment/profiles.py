"""What an article looks like when it is compared: weights of terms, names and figures, dates, vectors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.alignment.views import FloatArray
from pipeline.alignment.when import Day

__all__ = ["Profile", "Weights"]

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Hold one article ready for comparing; ``None`` where the article gives nothing to compare.

    Attributes:
        language: ISO 639-1 code of the original.
        published: ISO date or date and time.
        segments: unit rows of the segments, shape ``(n, d)``.
        lead: unit vector of title and lead.
        lead_rows: which segments are title and lead.
        terms: unit TF-IDF vector of the whole text in the target language.
        lead_terms: the same of title and lead.
        local: unit vector weighted by rarity among the article's neighbours: what sets it apart from its topic.
        own_terms: as ``terms``, of the original; rarity is that among articles of the same language.
        own_lead_terms: as ``lead_terms``, of the original.
        own_local: as ``local``, of the original, among the neighbours of the same language.
        names: rarity times stress of each name word, canonical across scripts.
        lead_names: the same for title and lead.
        local_names: unit vector of names weighted by rarity among the neighbours.
        main_names: rarity times count, up to a limit: whom and what the article is about.
        figures: rarity of each figure with its unit.
        lead_figures: the same for title and lead.
        local_figures: unit vector of figures weighted by rarity among the neighbours.
        days: dates that could be the event's, most likely first.
        centre: unit mean of the segments.
    """

    language: str
    published: str | None
    segments: FloatArray
    lead: FloatArray | None
    lead_rows: tuple[int, ...]
    terms: Weights | None
    lead_terms: Weights | None
    local: Weights | None
    own_terms: Weights | None
    own_lead_terms: Weights | None
    own_local: Weights | None
    names: Weights | None
    lead_names: Weights | None
    local_names: Weights | None
    main_names: Weights | None
    figures: Weights | None
    lead_figures: Weights | None
    local_figures: Weights | None
    days: tuple[Day, ...]
    centre: FloatArray | None
