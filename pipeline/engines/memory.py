"""A translator behind a memory: known texts are not translated again, equal ones only once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.defects import blaming_texts
from pipeline.engines.base import Hypothesis, Translator
from pipeline.engines.memory_store import MemoryEntry, Origin, StoredEntry, TranslationMemory
from pipeline.text import tidy

__all__ = ["MemoryEntry", "Origin", "RememberingTranslator", "StoredEntry", "TranslationMemory"]

Elsewhere = Callable[[Iterable[list[str]], str, str], Iterable[tuple[Sequence[str], Sequence[Hypothesis]]]]
# Characters of a long news sentence; a batch has room for so many in place of each text.
_SENTENCE = 400


class RememberingTranslator:
    """Wrap a translator with a memory: known texts are not translated again, equal ones only once.

    Args:
        inner: the engine; a callable is called on the first text that the memory lacks, so that a run with a warm
            memory loads no model.
        signature: the engine's signature.
        memory: ``None`` keeps nothing.
        batch_size: texts of a news sentence's length per engine call and transaction: what a killed run loses at
            most. Longer ones make smaller batches.
        advance: called with the number of texts done, for progress.
        glossary_key: digest of the glossary terms in a text, given (text, source, target); ``None`` for no glossary.
        elsewhere: sends batches to engines in other processes, given (batches, source, target), and gives each back
            with its translations, in any order; ``inner`` is not used then.
        check: called after every batch, before anything of it is kept; raises if the engine was not what its signature
            says.
    """

    def __init__(
        self,
        inner: Translator | Callable[[], Translator],
        signature: str,
        memory: TranslationMemory | None,
        *,
        batch_size: int = 16,
        advance: Callable[[int], None] | None = None,
        glossary_key: Callable[[str, str, str], str] | None = None,
        elsewhere: Elsewhere | None = None,
        check: Callable[[], None] | None = None,
    ) -> None:
        self._inner = inner
        self._signature = signature
        self._memory = memory
        self._batch_size = batch_size
        self._advance = advance or _nothing
        self._glossary_key = glossary_key
        self._elsewhere = elsewhere
        self._check = check
        self.hits = 0
        self.engine_calls = 0

    @property
    def signature(self) -> str:
        """Return the engine's signature: a memory does not change what a text becomes."""
        return self._signature

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Hypothesis]:
        """Translate texts, the shortest first, so that batches hold texts of like length; order is restored."""
        pair = f"{source}-{target}"
        keys = [tidy(text) for text in texts]
        versions = self._versions(keys, source, target)
        known = self._memory.lookup(keys, pair, self._signature, versions) if self._memory is not None else {}
        missing = sorted({key for key in keys if key not in known}, key=lambda key: (len(key), key))
        self.hits += len(set(keys)) - len(missing)
        absent = set(missing)
        self._advance(sum(key not in absent for key in keys))
        counts = dict.fromkeys(missing, 0)
        for key in keys:
            if key in counts:
                counts[key] += 1
        batches = list(_batches(missing, self._batch_size))
        for batch, made in self._answers(batches, source, target):
            known.update(zip(batch, made, strict=True))
            if self._memory is not None:
                self._memory.store([MemoryEntry(k, known[k]) for k in batch], pair, self._signature, versions)
            self._advance(sum(counts[key] for key in batch))
        return [known[key] for key in keys]

    def _versions(self, keys: Sequence[str], source: str, target: str) -> dict[str, str]:
        if self._glossary_key is None:
            return {}
        return {key: version for key in set(keys) if (version := self._glossary_key(key, source, target))}

    def _answers(
        self, batches: Sequence[list[str]], source: str, target: str
    ) -> Iterator[tuple[Sequence[str], Sequence[Hypothesis]]]:
        """Yield each batch with its translations, as it is done."""
        if not batches:
            return
        self.engine_calls += sum(map(len, batches))
        if self._elsewhere is not None:
            yield from self._elsewhere(batches, source, target)
            return
        if not isinstance(self._inner, Translator):
            self._inner = self._inner()
        translate = self._inner.translate
        for batch in batches:
            made = blaming_texts(batch, lambda texts: translate(texts, source, target), str)
            if self._check is not None:
                self._check()
            yield batch, made


def _batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Cut texts, shortest first, into batches of up to ``size`` that hold no more characters than so many sentences."""
    batch: list[str] = []
    room = size * _SENTENCE
    for text in texts:
        if batch and (len(batch) == size or len(text) > room):
            yield batch
            batch, room = [], size * _SENTENCE
        batch.append(text)
        room -= len(text)
    if batch:
        yield batch


def _nothing(_done: int) -> None:
    """Do nothing with progress."""
