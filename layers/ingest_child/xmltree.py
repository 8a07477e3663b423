"""XML without a DTD, without entities of its own, not deeper than a person would nest."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from layers.gate import Refusal

MAX_DEPTH = 64
MAX_ELEMENTS = 3_000_000


class _Builder(TreeBuilder):
    """Builds the tree and counts: names lose their namespace, depth and size are limited."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.count = 0

    def start(self, tag: Any, attrs: Any) -> Element:
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH:
            raise Refusal("TOO_DEEP", limit=MAX_DEPTH)
        if self.count > MAX_ELEMENTS:
            raise Refusal("TOO_MANY_ROWS", limit=MAX_ELEMENTS)
        return super().start(local(tag), attrs)

    def end(self, tag: Any) -> Element:
        self.depth -= 1
        return super().end(local(tag))


def parse(data: bytes) -> Element:
    """Return the root of the document `data`; element names come without namespace.

    Raises Refusal: EMPTY, XML_DTD, TOO_DEEP, TRUNCATED, BAD_XML.
    """
    if not data.strip():
        raise Refusal("EMPTY")
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        raise Refusal("XML_DTD") from None
    except ParseError as error:
        line, column = error.position
        code = "TRUNCATED" if error.code in (3, 5) else "BAD_XML"  # no element, unclosed token
        raise Refusal(code, line=line, column=column) from None
    except (ValueError, LookupError):
        raise Refusal("BAD_XML", line=1, column=0) from None
    return root


def local(tag: str) -> str:
    """Name without its namespace."""
    return tag.rsplit("}", 1)[-1]
