"""Street networks in GraphML as osmnx saves them: each edge is a row."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import shapely
from shapely.geometry.base import BaseGeometry

from layers.gate import Refusal, frames
from layers.ingest_child import places, xmltree
from layers.ingest_child.ledger import Ledger, Props

Spots = dict[str, tuple[float, float]]


def read(path: Path, ledger: Ledger) -> None:
    """Read the network; raises Refusal when it is none, or its frame is not degrees."""
    root = xmltree.parse(path.read_bytes())
    graph = root.find("graph")
    if root.tag != "graphml" or graph is None:
        raise Refusal("UNSUPPORTED", wanted="GraphML")
    names = {key.get("id", ""): key.get("attr.name", "") for key in root.findall("key")}
    ledger.frame = frames.named(_data(graph, names).get("crs", "") or ledger.request.crs or "-")
    spots: Spots = {}
    for node in graph.findall("node"):
        data = _data(node, names)
        spots[node.get("id", "")] = places.position(data.get("x", ""), data.get("y", ""))
    ledger.facts |= {"nodes": len(spots)}
    for number, edge in enumerate(graph.findall("edge"), 1):
        ledger.row(number, lambda e=edge: _edge(e, names, spots))  # type: ignore[misc]


def _data(element: Element, names: dict[str, str]) -> dict[str, str]:
    return {names.get(d.get("key", ""), ""): d.text or "" for d in element.findall("data")}


def _edge(edge: Element, names: dict[str, str], spots: Spots) -> tuple[BaseGeometry, Props]:
    data = _data(edge, names)
    source, target = edge.get("source", ""), edge.get("target", "")
    missing = [end for end in (source, target) if end not in spots]
    if missing:
        raise Refusal("MISSING_NODES", count=len(missing), example=missing[0][:20])
    drawn = data.pop("geometry", "")
    if not drawn:
        return shapely.LineString([spots[source], spots[target]]), data
    try:
        return shapely.from_wkt(drawn), data
    except shapely.errors.ShapelyError:
        raise Refusal("BAD_WKT", text=drawn[:40]) from None
