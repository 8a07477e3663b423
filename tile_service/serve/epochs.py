"""The number of the last change that touched a tile: what makes a kept tile old, and no other.

Changes come as boxes. For every zoom 0-16 the tiles that such a box reaches, the drawn part of
their neighbours included, get the change's number; deeper zooms use their ancestor of zoom 16.
A box that reaches too many tiles of a zoom marks those of the zoom above with all that is below.
Memory is bounded: past MOST_TILES of a face, its oldest numbers become its floor.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tile_service.serve.feed import News

WORLD_M = 40075016.6855785
FINEST = 16
TOLD = 14
MOST_OF_A_BOX = 64
MOST_TILES = 50_000
MOST_TOLD = 400

Tile = tuple[int, int, int]
Box = Sequence[float]


@dataclass(frozen=True, slots=True)
class Touched:
    """Tiles (z, x, y) of zooms 0-16 that a change touched; `below`: these with all under them."""

    tiles: frozenset[Tile]
    below: frozenset[Tile] = frozenset()


@lru_cache(maxsize=512)
def _reaches(reach: tuple[tuple[str, float], ...], rows_from_zoom: int) -> tuple[float, ...]:
    parts = dict(reach)
    rows = parts.get("rows", 0.0)
    return tuple(
        parts.get("gathered", rows) if zoom < rows_from_zoom else rows for zoom in range(FINEST + 1)
    )


def reaches_of(spec: Mapping[str, Any]) -> tuple[float, ...]:
    """Parts of a tile's width, by zoom, from which a row beyond its edge still changes it."""
    return _reaches(tuple(sorted(spec.get("reach", {}).items())), spec.get("rows_from_zoom", 0))


def _span(low_m: float, high_m: float, zoom: int, reach: float) -> range:
    """Columns (or rows) of a zoom that the stretch from `low_m` to `high_m` reaches."""
    last = (1 << zoom) - 1
    first, end = (part / WORLD_M * (1 << zoom) for part in (low_m, high_m))
    return range(max(0, int(first - reach)), min(last, int(end + reach)) + 1)


def touched(boxes: Iterable[Box], spec: Mapping[str, Any]) -> Touched:
    """Tiles that boxes (x0, y0, x1, y1 in Web Mercator metres, still) reach.

    A still box holds rows whose words changed, not their place: tiles that gather rows stay.
    """
    tiles: set[Tile] = set()
    below: set[Tile] = set()
    half = WORLD_M / 2
    for x0, y0, x1, y1, still in boxes:
        upper: list[Tile] = []
        for zoom, reach in enumerate(reaches_of(spec)):
            columns = _span(x0 + half, x1 + half, zoom, reach)
            rows = _span(half - y1, half - y0, zoom, reach)
            if len(columns) * len(rows) > MOST_OF_A_BOX:
                below.update(upper)
                break
            upper = [(zoom, x, y) for x in columns for y in rows]
            if not still or zoom >= spec.get("rows_from_zoom", 0):
                tiles.update(upper)
    return Touched(frozenset(tiles), frozenset(below))


def told(change: Touched | None, min_zoom: int = 0) -> list[Tile] | None:
    """Tiles of an event: those of zooms up to 14, fewer zooms when they are too many.

    A tile deeper than the deepest of them is touched with its ancestor. None: the whole layer.
    """
    if change is None:
        return None
    deepest = min([TOLD, *(zoom for zoom, _, _ in change.below)])
    tiles = sorted(tile for tile in change.tiles if min_zoom <= tile[0] <= deepest)
    while len(tiles) > MOST_TOLD and tiles[0][0] < tiles[-1][0]:
        deepest = tiles[-1][0]
        tiles = [tile for tile in tiles if tile[0] < deepest]
    return tiles if tiles or not (change.tiles or change.below) else None


@dataclass(slots=True)
class FaceEpochs:
    """Numbers of one face's tiles."""

    floor: int = 0
    tiles: dict[Tile, int] = field(default_factory=dict)
    below: dict[Tile, int] = field(default_factory=dict)

    def of(self, z: int, x: int, y: int) -> int:
        """Number of the last change that touched a tile."""
        if z > FINEST:
            z, x, y = FINEST, x >> (z - FINEST), y >> (z - FINEST)
        found = max(self.floor, self.tiles.get((z, x, y), 0))
        if self.below:
            for up in range(z + 1):
                found = max(found, self.below.get((z - up, x >> up, y >> up), 0))
        return found

    def take(self, seq: int, change: Touched | None) -> None:
        """Remember change number `seq`; None touched the whole layer."""
        if change is None:
            self.raise_floor(max(seq, self.floor))
            return
        for held, more in ((self.tiles, change.tiles), (self.below, change.below)):
            for tile in more:
                if held.get(tile, 0) < seq:
                    held[tile] = seq
        if len(self.tiles) + len(self.below) > MOST_TILES:
            numbers = sorted([*self.tiles.values(), *self.below.values()])
            self.raise_floor(numbers[len(numbers) // 2])

    def raise_floor(self, floor: int) -> None:
        """Let everything up to number `floor` count as changed then."""
        if floor <= self.floor:
            return
        self.floor = floor
        self.tiles = {tile: seq for tile, seq in self.tiles.items() if seq > floor}
        self.below = {tile: seq for tile, seq in self.below.items() if seq > floor}


class Epochs:
    """Numbers of all faces' tiles; touched by one thread alone."""

    def __init__(self) -> None:
        self.faces: dict[tuple[str, str], FaceEpochs] = {}

    def of(self, slug: str, face: str, z: int, x: int, y: int) -> int:
        """Number of the last change that touched a tile of a face; 0: none yet."""
        found = self.faces.get((slug, face))
        return found.of(z, x, y) if found else 0

    def learn(self, news: News) -> None:
        """Take what a turn of the feed brought."""
        if news.started is not None:
            self.faces = news.started
        for change in news.changes:
            held = self.faces.setdefault((change.slug, change.face), FaceEpochs())
            held.take(change.seq, change.touched)
