"""Read the outputs of several systems, break translations on purpose, and collect the evidence about both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

from pipeline.engines.judging import Judge
from pipeline.errors import InputError
from pipeline.evaluation.breaking import broken
from pipeline.evaluation.data import read_lines
from pipeline.quality.estimation import Evidence
from pipeline.quality.train import Probe, Sample

__all__ = ["Bench", "read_bench", "read_probes", "read_samples", "read_scores"]

Scores = Mapping[tuple[str, str, int], tuple[float | None, float | None]]
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold the texts of a folder by language, and the outputs of systems by pair and name; all line-aligned."""

    name: str
    texts: Mapping[str, Sequence[str]]
    systems: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)

    def directions(self) -> list[tuple[str, str]]:
        """List the ordered pairs of languages."""
        return list(permutations(sorted(self.texts), 2))


def read_bench(folder: Path) -> Bench:
    """Read ``<language>.txt`` and ``systems/<pair>.<system>.txt``.

    Raises:
        InputError: a file cannot be read, or two files differ in length.
    """
    texts = {p.stem: read_lines(p) for p in sorted(folder.glob("*.txt")) if len(p.stem) == 2}
    if len(texts) < 2:
        raise InputError(
            f"The folder {folder} holds {len(texts)} of the line-aligned texts <language>.txt; two are needed.",
            "Name a folder such as flores-dev; see docs/score.md.",
        )
    systems = {}
    for path in sorted((folder / "systems").glob("*.txt")):
        pair, _, system = path.name.removesuffix(".txt").partition(".")
        systems[pair, system] = read_lines(path)
        if not system or any(language not in texts for language in pair.split("-")):
            raise InputError(
                f"The output {path} is of no pair of the texts {', '.join(texts)}.",
                "Name it <source>-<target>.<system>.txt, with both texts in the folder.",
            )
    lengths = {
        name: len(lines) for name, lines in [*texts.items(), *((f"{p}.{s}", o) for (p, s), o in systems.items())]
    }
    odd = [f"{name} ({n} lines)" for name, n in lengths.items() if n != next(iter(lengths.values()))]
    if odd:
        first = next(iter(lengths.items()))
        raise InputError(
            f"The files in {folder} are not line-aligned: {first[0]} has {first[1]} lines, but {odd[0]}.",
            "Give every file one line per sentence, in the same order.",
        )
    return Bench(folder.name, texts, systems)


def read_scores(path: Path | None) -> Scores:
    """Read JSON lines ``{"pair", "system", "line", "score", "reverse"}``; either score may be null or left out.

    Raises:
        InputError: a line is no such object.
    """
    found: dict[tuple[str, str, int], tuple[float | None, float | None]] = {}
    for number, text in enumerate(read_lines(path) if path is not None else [], 1):
        try:
            row: dict[str, Any] = json.loads(text)
            values = tuple(None if row.get(n) is None else float(row[n]) for n in ("score", "reverse"))
            found[str(row["pair"]), str(row["system"]), int(row["line"])] = (values[0], values[1])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"Line {number} of {path} is no score: {error!r}.",
                'Write objects such as {"pair": "ko-en", "system": "name", "line": 0, "score": -0.4, "reverse": -1.2}.',
            ) from error
    return found


def read_samples(bench: Bench, judge: Judge, pair: str | None = None, scores: Scores | None = None) -> list[Sample]:
    """Collect evidence and chrF++ of every system's output, of one pair or of all.

    Args:
        bench: texts and outputs; a line counts from 0.
        judge: collects the evidence.
        pair: languages, as ``ko-en``.
        scores: what an engine says, by pair, system and line.
    """
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF(word_order=2)
    samples = []
    for (name, system), outputs in sorted(bench.systems.items()):
        if pair not in (None, name):
            continue
        source, target = name.split("-")
        known = [(scores or {}).get((name, system, line), (None, None)) for line in range(len(outputs))]
        evidence = _judge(judge, bench.texts[source], outputs, name, known)
        chrf = [
            float(metric.sentence_score(output, [reference]).score)
            for output, reference in zip(outputs, bench.texts[target], strict=True)
        ]
        samples += [Sample(name, system, line, e, c) for line, (e, c) in enumerate(zip(evidence, chrf, strict=True))]
    return samples


def read_probes(
    bench: Bench, judge: Judge, directions: Sequence[tuple[str, str]], kinds: Sequence[str], each: int | None = None
) -> Iterator[Probe]:
    """Collect the evidence of human translations and of broken ones, of all lines.

    What is broken is the reference, or a system's output, in turns.

    Args:
        bench: texts and outputs.
        judge: collects the evidence.
        directions: ordered pairs of languages.
        kinds: ways to break, see :data:`pipeline.evaluation.breaking.KINDS`.
        each: how many of the ways every line goes through, in turns; all by default.
    """
    for source, target in directions:
        pair = f"{source}-{target}"
        sources = bench.texts[source]
        whole = [bench.texts[target], *(o for (p, _), o in sorted(bench.systems.items()) if p == pair)]
        for line, evidence in enumerate(_judge(judge, sources, whole[0], pair)):
            yield Probe(pair, line, "reference", evidence)
        for index, kind in enumerate(kinds):
            lines = [i for i in range(len(sources)) if each is None or (i + index) % len(kinds) < each]
            texts = [broken(kind, sources, whole[i % len(whole)], i) for i in lines]
            found = _judge(judge, [sources[i] for i in lines], texts, pair)
            yield from (Probe(pair, i, kind, e) for i, e in zip(lines, found, strict=True))


def _judge(
    judge: Judge,
    sources: Sequence[str],
    targets: Sequence[str],
    pair: str,
    scores: Sequence[tuple[float | None, float | None]] | None = None,
) -> list[Evidence]:
    source, target = pair.split("-")
    known = scores or [(None, None)] * len(sources)
    found: list[Evidence] = []
    for start in range(0, len(sources), _BLOCK):
        part = slice(start, start + _BLOCK)
        scored, reverse = [s for s, _ in known[part]], [r for _, r in known[part]]
        judged = judge.judge(sources[part], targets[part], source, target, scored, reverses=reverse)
        found += [j.evidence for j in judged]
    return found
