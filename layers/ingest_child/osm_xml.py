"""OSM XML as a stream of elements; no DTD, no entities."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from layers.gate import Refusal
from layers.ingest_child.osm_data import OsmData, Relation, Tags, Way

_MEMBERS = {"node": "n", "way": "w", "relation": "r", "n": "n", "w": "w", "r": "r"}


class _Target:
    """Collects elements as the parser meets them."""

    def __init__(self) -> None:
        self.found = OsmData()
        self.depth = 0
        self._attrs: dict[str, str] = {}
        self._tags: Tags = {}
        self._refs: list[int] = []
        self._members: list[tuple[str, int, str]] = []
        self._fault = ""

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1 and tag != "osm":
            raise Refusal("BAD_OSM", element=tag[:20])
        if self.depth > 8:
            raise Refusal("TOO_DEEP", limit=8)
        if tag in ("node", "way", "relation"):
            self._attrs, self._tags, self._refs, self._members = attrs, {}, [], []
            self._fault = ""
        elif tag == "tag":
            self._tags[attrs.get("k", "")] = attrs.get("v", "")
        elif tag == "nd":
            self._refs.append(self._integer(attrs.get("ref")))
        elif tag == "member":
            kind = _MEMBERS.get(attrs.get("type", ""), "")
            if not kind:
                self._fault = "member"
            self._members.append((kind, self._integer(attrs.get("ref")), attrs.get("role", "")))

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag not in ("node", "way", "relation") or self._attrs.get("visible") == "false":
            return
        number = self._integer(self._attrs.get("id"))
        if self._fault:
            element = f"{tag} {self._attrs.get('id', '?')[:20]}"
            self.found.broken.append((element, Refusal("BAD_OSM", element=element)))
        elif tag == "node":
            self.found.add_node(
                number, self._attrs.get("lon", ""), self._attrs.get("lat", ""), self._tags
            )
        elif tag == "way":
            self.found.ways.append(Way(number, self._refs, self._tags))
        else:
            self.found.relations.append(Relation(number, self._members, self._tags))

    def close(self) -> OsmData:
        return self.found

    def _integer(self, text: str | None) -> int:
        try:
            return int(text or "")
        except ValueError:
            self._fault = "number"
            return 0


def parse(data: bytes) -> OsmData:
    """Return the elements of the document; raises EMPTY, XML_DTD, TRUNCATED, BAD_XML, BAD_OSM."""
    if not data.strip():
        raise Refusal("EMPTY")
    parser = DefusedXMLParser(target=_as_target(_Target()), forbid_dtd=True)
    try:
        parser.feed(data)
        found: OsmData = parser.close()
    except DefusedXmlException:
        raise Refusal("XML_DTD") from None
    except ParseError as error:
        line, column = error.position
        raise Refusal(
            "TRUNCATED" if error.code in (3, 5) else "BAD_XML", line=line, column=column
        ) from None
    except (ValueError, LookupError):
        raise Refusal("BAD_XML", line=1, column=0) from None
    return found


def _as_target(target: _Target) -> Any:
    return target
