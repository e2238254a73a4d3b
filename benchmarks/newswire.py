"""Write a corpus of short articles in three languages around known events, as JSON lines of about 1,000 each.

Events have a kind, a place, people, a firm, a topic, figures and a day; a third of them follow an earlier one. Each has
a few accounts, of about six sentences, which choose what they tell and how, and now and then give another figure. One
account in twenty is a copy of an earlier one of its event, cut or whole. An event is drawn from its own number, and
articles are written in the order of their days, as in an archive.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.newswire_words import BODIES, CITIES, FAMILY, FIRMS, GIVEN, KINDS, LATER, OUTLETS, TOPICS

__all__ = ["Newswire"]

PER_DAY, PER_SHARD = 1000, 1000
_LANGUAGES = ("en", "fr", "ko")
_COPIED, _WRONG, _FOLLOWS = 0.05, 0.1, 0.33
_MOST_ACCOUNTS, _FEWEST_DAYS = 40, 7
_FIRST_DAY = date(2020, 1, 1)
_FIELD = re.compile(r"\{(\w+)(?::([^/}]+)/([^}]+))?\}")
_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTHS_FR = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_AMOUNTS = ("money", "few", "small", "large", "percent")


@dataclass(frozen=True, slots=True)
class _Story:
    """Hold the facts of an event: numbers, and rows of the tables of words."""

    kind: str
    day: int
    rows: dict[str, tuple[str, str, str]]
    numbers: dict[str, int]


class Newswire:
    """Draw articles around known events.

    Args:
        size: number of articles.
        seed: of everything that is drawn.
        most: sentences that an article has at most below its title; all of them by default.

    Attributes:
        event: event of each article in the order in which they are written, shape ``(size,)``.
    """

    def __init__(self, size: int, seed: int = 0, most: int | None = None) -> None:
        self._seed = seed
        self._most = most
        rng = np.random.default_rng([seed, 0])
        days = max(_FEWEST_DAYS, size // PER_DAY)
        starts: list[int] = []
        self._parent: list[int] = []
        owner: list[int] = []
        place: list[int] = []
        day: list[int] = []
        while len(owner) < size:
            number = len(starts)
            follows = number > 0 and rng.random() < _FOLLOWS
            earlier = int(rng.integers(max(0, number - 50), number)) if follows else number
            self._parent.append(earlier)
            start = starts[earlier] + int(rng.integers(2, 9)) if follows else int(rng.integers(days))
            starts.append(start % days)
            for account in range(min(int(rng.geometric(0.3)), _MOST_ACCOUNTS, size - len(owner))):
                owner.append(number)
                place.append(account)
                day.append(starts[-1] + int(rng.choice(3, p=(0.7, 0.25, 0.05))))
        order = np.lexsort((rng.permutation(size), np.array(day)))
        self._days = starts
        self._place, self._day = np.array(place)[order], np.array(day)[order]
        self.event = np.array(owner)[order]

    def __len__(self) -> int:
        return len(self.event)

    def write(self, folder: Path) -> None:
        """Write the articles as ``NNNN.jsonl``; the same size gives the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for shard, first in enumerate(range(0, len(self), PER_SHARD)):
            of_shard = range(first, min(first + PER_SHARD, len(self)))
            lines = [json.dumps(self.article(i), ensure_ascii=False) for i in of_shard]
            (folder / f"{shard:04d}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def article(self, index: int) -> dict[str, Any]:
        """Draw one article as the fields of its record."""
        number, place = int(self.event[index]), int(self._place[index])
        rng = np.random.default_rng([self._seed, 2, number, place])
        copied = place > 0 and rng.random() < _COPIED
        source = int(rng.integers(place)) if copied else place
        language, title, sentences = self._account(number, source)
        if copied and rng.random() < 0.5:
            sentences = sentences[:-1]
        return {
            "id": f"n{index:07d}",
            "title": title,
            "text": "\n\n".join(" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)),
            "source": str(rng.choice(OUTLETS[language])),
            "published": (_FIRST_DAY + timedelta(days=int(self._day[index]))).isoformat(),
        }

    def _account(self, number: int, place: int) -> tuple[str, str, list[str]]:
        rng = np.random.default_rng([self._seed, 3, number, place])
        story = self._story(number)
        if rng.random() < _WRONG:
            name = str(rng.choice(_AMOUNTS))
            changed = {**story.numbers, name: story.numbers[name] + int(rng.integers(1, 9))}
            story = _Story(story.kind, story.day, story.rows, changed)
        tongue = int(rng.integers(len(_LANGUAGES)))
        titles, leads, details = KINDS[story.kind]
        later = rng.choice(len(LATER), size=int(rng.integers(2, 5)), replace=False)
        told = [leads[rng.integers(len(leads))], *details, *(LATER[i] for i in sorted(later.tolist()))][: self._most]
        title = titles[rng.integers(len(titles))]
        first, *rest = (_filled(line[tongue], story, tongue) for line in (title, *told))
        return _LANGUAGES[tongue], first, rest

    def _story(self, number: int) -> _Story:
        """Draw an event; one that follows another has its kind, place, people and topic, and its own figures."""
        rng = np.random.default_rng([self._seed, 1, number])
        about = number
        while self._parent[about] != about:
            about = self._parent[about]
        shared = np.random.default_rng([self._seed, 4, about])
        kind = str(shared.choice(sorted(KINDS)))
        rows: dict[str, Any] = {
            name: table[shared.integers(len(table))]
            for name, table in (("city", CITIES), ("firm", FIRMS), ("body", BODIES), ("topic", TOPICS))
        }
        rows["person"], rows["second"] = _person(shared), _person(shared)
        numbers = {
            "money": int(rng.integers(3, 900)),
            "other": int(rng.integers(3, 900)),
            "few": int(rng.integers(2, 20)),
            "small": int(rng.integers(20, 400)),
            "large": int(rng.integers(400, 9000)),
            "crowd": int(rng.integers(10_000, 900_000)),
            "staff": int(rng.integers(1000, 90_000)),
            "percent": int(rng.integers(2, 40)),
            "growth": int(rng.integers(2, 40)),
            "years": int(rng.integers(2, 12)),
            "months": int(rng.integers(2, 24)),
            "hours": int(rng.integers(2, 30)),
            "past": int(rng.integers(1998, 2019)),
            "next": int(rng.integers(20, 200)),
        }
        return _Story(kind, self._days[number], rows, numbers)


def _person(rng: np.random.Generator) -> tuple[str, str, str]:
    """Draw a name; Korean writes the family name first."""
    family, given = FAMILY[rng.integers(len(FAMILY))], GIVEN[rng.integers(len(GIVEN))]
    return f"{given[0]} {family[0]}", f"{given[1]} {family[1]}", family[2] + given[2]


def _filled(line: str, story: _Story, tongue: int) -> str:
    def value(found: re.Match[str]) -> str:
        name, closed, opened = found.groups()
        text = _value(name, story, tongue)
        return text + _particle(text, closed, opened) if closed else text

    text = _FIELD.sub(value, line)
    return text[0].upper() + text[1:]


def _value(name: str, story: _Story, tongue: int) -> str:
    if name in story.rows:
        return story.rows[name][tongue]
    if name in ("date", "next"):
        return _day(story.day + story.numbers.get(name, 0), tongue)
    number = story.numbers[name]
    if name in ("money", "other"):
        return (f"{number} million euros", f"{number} millions d'euros", _korean_millions(number))[tongue]
    if name == "past" or number < 1000:
        return str(number)
    grouped = f"{number:,}"
    return grouped.replace(",", "\u00a0") if tongue == 1 else grouped


def _korean_millions(number: int) -> str:
    """Write millions of euros in Korean, which counts in ten thousands (만) and hundred millions (억)."""
    whole, rest = divmod(number, 100)
    return " ".join([*([f"{whole}억"] if whole else []), *([f"{rest}00만"] if rest else []), "유로"])


def _day(day: int, tongue: int) -> str:
    when = _FIRST_DAY + timedelta(days=day)
    if tongue == 0:
        return f"{when.day} {_MONTHS_EN[when.month - 1]} {when.year}"
    if tongue == 1:
        return f"{when.day} {_MONTHS_FR[when.month - 1]} {when.year}"
    return f"{when.year}년 {when.month}월 {when.day}일"


def _particle(text: str, closed: str, opened: str) -> str:
    """Choose the Korean particle by whether the last syllable ends in a consonant."""
    last = ord(text[-1]) - 0xAC00
    ends = 0 <= last < 11172 and last % 28 > 0
    if closed == "으로" and last % 28 == 8:  # after ㄹ as after a vowel
        ends = False
    return closed if ends else opened
