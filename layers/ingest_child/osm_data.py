"""Nodes, ways and relations of an OSM file as plain data, and what was broken among them."""

from __future__ import annotations

from dataclasses import dataclass, field

from layers.gate import Refusal
from layers.ingest_child import places

Tags = dict[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """A way: its nodes in order."""

    id: int
    refs: list[int]
    tags: Tags


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation: members as (n, w or r; id; role)."""

    id: int
    members: list[tuple[str, int, str]]
    tags: Tags


@dataclass(slots=True)
class OsmData:
    """All elements; `broken` names those that cannot be used, each with its reason."""

    places: dict[int, tuple[float, float]] = field(default_factory=dict)
    tagged: dict[int, Tags] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    broken: list[tuple[str, Refusal]] = field(default_factory=list)

    def add_node(self, number: int, lon: str, lat: str, tags: Tags) -> None:
        """Keep a node, or note why not (no position, off the earth, id used twice)."""
        element = f"node {number}"
        try:
            x, y = places.number(lon), places.number(lat)
        except Refusal:
            self.broken.append((element, Refusal("BAD_OSM", element=element)))
            return
        if abs(x) > 180 or abs(y) > 90:
            self.broken.append((element, Refusal("COORD_RANGE", lon=lon[:20], lat=lat[:20])))
        elif number in self.places:
            self.broken.append((element, Refusal("DUPLICATE_ID", count=2, example=element)))
        else:
            self.places[number] = (x, y)
            if tags:
                self.tagged[number] = tags
