"""Read labelled news for event identity: JSON lines, parallel documents, and newsroom folders as scraped."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pipeline.alignment.corpora import RawArticle, newsroom_labels
from pipeline.alignment.views import ArticleView, lead_text, make_view
from pipeline.cleaning.article import CleaningSettings
from pipeline.cleaning.item import RawItem
from pipeline.config import Config
from pipeline.engines.base import Encoder
from pipeline.engines.workshop import Workshop
from pipeline.records import Article, Segment
from pipeline.stages.detect import Detector
from pipeline.stages.ingest import Cleaner


def read_newsroom(folder: Path, workshop: Workshop, ignore_published: bool) -> list[RawArticle]:
    config = workshop.config
    labels = newsroom_labels(folder / "gold.json")
    items = []
    for line in (folder / "meta.jsonl").read_text(encoding="utf-8").splitlines():
        meta = json.loads(line)
        data = (folder / "articles" / f"{meta['id']}.txt").read_bytes()
        items.append(
            RawItem(
                f"{meta['id']}.txt",
                None,
                str(meta["id"]),
                data,
                None,
                "text",
                published=None if ignore_published else meta["published"],
                language=meta["lang"],
            )
        )
    cleaned: list[Article] = Cleaner(CleaningSettings())(items).tables["articles"]
    detector = Detector(
        config.languages,
        workshop.identifier(),
        workshop.restricted_identifier(),
        config.detect.min_confidence,
        config.detect.min_segment_letters,
    )
    batch = detector(cleaned)
    segments = defaultdict(list)
    for s in batch.tables["segments"]:
        segments[s.article_id].append(s)
    found = []
    for a in batch.tables["articles"]:
        name = Path(a.path).stem
        own = segments[a.id]
        found.append(
            RawArticle(
                name, a.language, a.published, tuple(s.text for s in own), *labels[name], tuple(s.language for s in own)
            )
        )
    return found
