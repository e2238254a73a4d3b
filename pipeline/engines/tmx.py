"""Read and write TMX 1.4b, the exchange format of translation memories, unit by unit in little memory.

The reader trusts no file: entities are not expanded and no network or other file is asked. The writer is read by other
tools: control characters, which XML cannot carry, become U+FFFD, and it counts the units where that happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

import pipeline
from pipeline.errors import InputError

__all__ = ["Unit", "Variant", "read_tmx", "write_tmx"]

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What stands inside these is code of the original document, not text; hi marks text.
_CODE = {"bpt", "ept", "ph", "it", "ut", "sub"}
_REMEDY = "Export it again from the program it comes from, as TMX 1.4."


@dataclass(frozen=True, slots=True)
class Variant:
    """Hold one language's side of a unit; ``language`` is as the file writes it (``fr-FR``)."""

    language: str
    text: str
    created: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold one translation unit.

    ``source`` is the language that was translated from (``srclang``), ``None`` where any may be. ``problem`` says in
    words why the unit cannot be used.
    """

    name: str
    source: str | None
    variants: tuple[Variant, ...]
    created: str | None = None
    problem: str | None = None


def read_tmx(path: Path, advance: Callable[[], None] | None = None) -> Iterator[Unit]:
    """Yield the units of a file; the whole file is never in memory.

    Args:
        path: TMX in any encoding that XML declares.
        advance: called for each unit, for progress.

    Raises:
        InputError: the file cannot be read, is no TMX, is not well-formed, or declares entities of its own. Units
            before the place where it breaks have been yielded by then.
    """
    from lxml import etree

    try:
        with path.open("rb") as stream:
            yield from _units(path, stream, advance or _nothing)
    except etree.XMLSyntaxError as error:
        raise InputError(f"{path} is not well-formed XML: {error.msg or error}.", _REMEDY) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path} cannot be read: {reason}.", "Name an existing TMX file.") from error


def _units(path: Path, stream: IO[bytes], advance: Callable[[], None]) -> Iterator[Unit]:
    from lxml import etree

    events = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    default, number, root = None, 0, None
    for event, element in events:
        if root is None:
            root = element
            _check_root(path, element)
        elif event == "start":
            continue
        elif element.tag == "header":
            default = element.get("srclang")
        elif element.tag == "tu":
            number += 1
            yield _unit(element, number, default)
            advance()
            _let_go(element)


def _check_root(path: Path, root: Any) -> None:
    subset = root.getroottree().docinfo.internalDTD
    if subset is not None and next(subset.iterentities(), None) is not None:
        raise InputError(
            f"{path} declares entities of its own, which can make a small file grow without end.",
            "Remove the declarations between [ and ] of its DOCTYPE line, and write the text itself.",
        )
    if root.tag != "tmx":
        raise InputError(f"{path} is no TMX file: it begins with <{root.tag}>.", _REMEDY)


def _let_go(element: Any) -> None:
    """Free a unit that has been read, and its place in the tree."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _unit(element: Any, number: int, default: str | None) -> Unit:
    name = element.get("tuid") or f"unit {number}"
    source = element.get("srclang") or default
    created = element.get("changedate") or element.get("creationdate")
    variants, problem = [], None
    for tuv in element.iterfind("tuv"):
        language = tuv.get(_XML_LANG) or tuv.get("lang")  # "lang" is of TMX 1.1
        seg = tuv.find("seg")
        if not language:
            problem = "a variant names no language"
        elif seg is None:
            problem = f"the variant {language} has no <seg>"
        elif (text := _text(seg)) is None:
            problem = f"the variant {language} holds an entity that is not declared"
        else:
            dated = tuv.get("changedate") or tuv.get("creationdate")
            variants.append(Variant(language, text, dated or created))
    anywhere = source is None or source.lower() == "*all*"
    return Unit(name, None if anywhere else source, tuple(variants), created, problem)


def _text(seg: Any) -> str | None:
    """Return the text of a segment without codes; ``None`` if a reference in it stands for what nobody knows."""
    pieces = [seg.text or ""]
    for child in seg:
        if not isinstance(child.tag, str):
            return None
        if child.tag not in _CODE:
            inner = _text(child)
            if inner is None:
                return None
            pieces.append(inner)
        pieces.append(child.tail or "")
    return "".join(pieces)


def write_tmx(stream: IO[str], units: Iterable[tuple[Unit, Iterable[tuple[str, str]]]]) -> int:
    """Write units with their properties.

    Args:
        stream: text stream in UTF-8.
        units: each with its properties, such as ``("x-origin", "review")``.

    Returns:
        The number of units in which characters were replaced because XML cannot carry them.
    """
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n'
        f'<header creationtool="concord" creationtoolversion={quoteattr(pipeline.__version__)} segtype="sentence" '
        'o-tmf="concord" adminlang="en" srclang="*all*" datatype="plaintext"/>\n<body>\n'
    )
    altered = 0
    for unit, properties in units:
        altered += any(_NOT_XML.search(v.text) for v in unit.variants)
        date = f" creationdate={_attribute(unit.created)}" if unit.created else ""
        source = f" srclang={_attribute(unit.source)}" if unit.source else ""
        stream.write(f"<tu tuid={_attribute(unit.name)}{source}{date}>")
        for name, value in properties:
            stream.write(f"<prop type={_attribute(name)}>{_xml(value)}</prop>")
        for variant in unit.variants:
            stream.write(f"\n<tuv xml:lang={_attribute(variant.language)}><seg>{_xml(variant.text)}</seg></tuv>")
        stream.write("\n</tu>\n")
    stream.write("</body>\n</tmx>\n")
    return altered


def _xml(text: str) -> str:
    # A bare carriage return would be read back as a line feed.
    return escape(_NOT_XML.sub("\ufffd", text), {"\r": "&#13;"})


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", text))


def _nothing() -> None:
    """Do nothing with progress."""
