"""Streams the XML of an employer declaration safely: one form at a time, whatever the file holds.

Nothing reaches the XML library before the prolog is known to hold no DOCTYPE: with `resolve_entities=False`
alone, `123&x;456` would be read as `123`, silently a wrong number. Nothing outside the file is ever fetched.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import BinaryIO, NoReturn, cast

from lxml import etree
from lxml.etree import _Element

from ledger.declaration_faults import Place

INSTANCE = "http://xmls.skatteverket.se/se/skatteverket/da/instans/schema/1.1"
COMPONENT = "http://xmls.skatteverket.se/se/skatteverket/da/komponent/schema/1.1"
K = f"{{{COMPONENT}}}"
ROOT = f"{{{INSTANCE}}}Skatteverket"

SENDER, SHARED, EMPLOYER, FORM, ABSENCE = (
    K + name for name in ("Avsandare", "Blankettgemensamt", "Arbetsgivare", "Blankett", "Franvarouppgift")
)
# The root's children stand in this order; what stands between two of them is unknown.
_STAGES = {SENDER: 0, SHARED: 1, FORM: 2, ABSENCE: 3}

#: the tax agency's submission API takes no larger file
MOST_BYTES = 300_000_000
#: far above any real form (about 1 kB); it bounds the memory that one form can take
MOST_BYTES_A_FORM = 500_000
_MOST_BYTES_OF_PROLOG = 50_000
_CHUNK = 65_536

_BOM = b"\xef\xbb\xbf"
_INTRODUCTIONS = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DECLARED_ENCODING = re.compile(rb"<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([^\"']*)[\"']")
_ROOT_START = re.compile(rb"<[A-Za-z_]")

_FOREIGN = (
    (b"PK\x03\x04", "a zip archive: unpack it and import the XML files in it"),
    (b"\x1f\x8b", "a compressed file: unpack it and import the XML file in it"),
    (b"\xff\xfe", "not in UTF-8: have it saved as UTF-8 by the payroll system"),
    (b"\xfe\xff", "not in UTF-8: have it saved as UTF-8 by the payroll system"),
    (b"%PDF", "a PDF: ask for the XML file that the payroll system sends to the tax agency"),
)


class FormStream:
    """One pass over a file: iterating gives (element, tag) for each child of the root, then its digest.

    An element is cleared as soon as the next one is asked for, so that memory stays flat.
    """

    def __init__(self, stream: BinaryIO, place: Place) -> None:
        self._stream = stream
        self._place = place
        self._digest = hashlib.sha256()
        self._size = 0
        self._since_form = 0
        self._stage = -1

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the bytes read: of the whole file once the iteration has ended."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[tuple[_Element, str]]:
        """Give each employer of Blankettgemensamt, each known child of the root, and each unknown one."""
        head = self._prolog()
        parser = _parser()
        root: _Element | None = None
        chunk = head.removeprefix(_BOM)
        while chunk:
            self._parse(partial(parser.feed, chunk))
            for event, item in parser.read_events():
                element = cast("_Element", item)
                if root is None:
                    root = self._root(element)
                elif event == "end":
                    yield from self._complete(element, root)
            if root is None:
                self._foreign_root()
            if self._since_form > MOST_BYTES_A_FORM:
                raise self._place.refusal(f"a form is larger than {MOST_BYTES_A_FORM:,} bytes")
            chunk = self._read()
        self._parse(parser.close)
        if self._stage < _STAGES[SHARED]:
            raise self._place.refusal("Avsandare or Blankettgemensamt is missing: not a whole declaration")

    def _read(self) -> bytes:
        chunk = self._stream.read(_CHUNK)
        self._digest.update(chunk)
        self._size += len(chunk)
        self._since_form += len(chunk)
        if self._size > MOST_BYTES:
            raise self._place.refusal(
                f"larger than {MOST_BYTES // 1_000_000} MB: have it split by employer or month"
            )
        return chunk

    def _prolog(self) -> bytes:
        """Return the file's first bytes, once they are known to lead to an element without a DOCTYPE."""
        head = self._read()
        while 0 < len(head) < _MOST_BYTES_OF_PROLOG and (more := self._read()):
            head += more
        if not head:
            raise self._place.refusal("the file is empty")
        for start, what in _FOREIGN:
            if head.startswith(start):
                raise self._place.refusal(what)
        text = head.removeprefix(_BOM)
        declared = _DECLARED_ENCODING.match(text)
        if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
            raise self._place.refusal("declares another encoding than UTF-8: have it saved as UTF-8")
        introduction = _INTRODUCTIONS.match(text)
        rest = text[introduction.end() if introduction else 0 :]
        if rest.startswith(b"<!DOCTYPE"):
            raise self._place.refusal("holds a DOCTYPE, which no declaration has: refused for safety")
        if not _ROOT_START.match(rest):
            raise self._place.refusal("not an XML file: import the file that is sent to the tax agency")
        return head

    def _parse(self, step: Callable[[], object]) -> None:
        """Take one step of the parser; its own message can repeat what the file holds, so only the line is told."""
        line: int | None = None
        try:
            step()
        except etree.LxmlError as error:
            line = getattr(error, "lineno", None) or 0
        if line is not None:
            where = f" near line {line}" if line else ""
            raise self._place.refusal(
                f"not whole, or not well-formed XML{where}: fetch the file again, or have it made anew"
            )

    def _foreign_root(self) -> NoReturn:
        raise self._place.refusal(
            "not an employer declaration per employee (schema 1.1): import the file sent to the tax agency"
        )

    def _root(self, element: _Element) -> _Element:
        """Return the root, if it is the right one and brought no document type with it."""
        if element.tag != ROOT or element.getparent() is not None:
            self._foreign_root()
        if element.getroottree().docinfo.internalDTD is not None:
            raise self._place.refusal("holds a DOCTYPE, which no declaration has: refused for safety")
        if element.get("omrade") != "Arbetsgivardeklaration":
            raise self._place.refusal(
                "is for another area than Arbetsgivardeklaration: import the right file"
            )
        return element

    def _complete(self, element: _Element, root: _Element) -> Iterator[tuple[_Element, str]]:
        """Give one whole element after the unknown ones before it, then let go of them."""
        tag = element.tag
        if element is root:
            self._no_text(root.text)
            yield from self._unknown(root)
            return
        parent = element.getparent()
        if tag == EMPLOYER:
            if parent is None or parent.tag != SHARED or parent.getparent() is not root:
                raise self._place.refusal("an Arbetsgivare stands where none can be")
        elif parent is not root or tag not in _STAGES:
            raise self._place.refusal("a form stands inside another")
        else:
            self._advance(tag)
        yield from self._unknown(element.itersiblings(preceding=True))
        yield element, tag
        self._since_form = 0
        _release(element)

    def _unknown(self, elements: Iterable[_Element]) -> Iterator[tuple[_Element, str]]:
        """Give the elements that stand between those that are known, after a look at the text around them."""
        for element in elements:
            self._no_text(element.tail)
            if element.tag not in _STAGES and element.tag != EMPLOYER:
                yield element, ""

    def _no_text(self, text: str | None) -> None:
        if text and not text.isspace():
            raise self._place.refusal("text stands between the forms: have the file made anew")

    def _advance(self, tag: str) -> None:
        stage = _STAGES[tag]
        # The first two stand once each; forms and absences repeat.
        if stage < self._stage or (stage < 2 and stage != self._stage + 1) or (self._stage < 1 < stage):
            raise self._place.refusal("the parts of the file stand in the wrong order, or twice")
        self._stage = stage


def _parser() -> etree.XMLPullParser:
    """Return a parser that expands nothing, loads nothing, and knows only UTF-8."""
    return etree.XMLPullParser(
        events=("start", "end"),
        tag=(ROOT, SENDER, SHARED, EMPLOYER, FORM, ABSENCE),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
        collect_ids=False,
    )


def _release(element: _Element) -> None:
    """Empty an element and drop its earlier siblings; it stays itself: the parser may be at its tail."""
    element.clear(keep_tail=True)  # type: ignore[call-arg]
    parent = element.getparent()
    assert parent is not None  # only what stands in the root is given
    while element.getprevious() is not None:
        del parent[0]
