"""Tile statements of a face, by name: rows, with fewer columns, a sample, hexagons, clusters.

Every name has a twin `<name>_window` that takes $5 from and $6 until, where the layer has time.
What takes counts instead of rows (`counting`) falls back on the rows while counts are stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from layers import sqlfile
from layers.access import Face
from layers.spec import ClusterTiles, GatheredTiles, HexTiles, Layer
from tile_service.publish import counting, generalising
from tile_service.styles import drawn_columns, has_areas, has_points

WORLD_M = 40075016.6855785
HALF_M = WORLD_M / 2
BUFFER = 64
POINT_BUFFER = 128
OVERFLOW_CELLS = 16  # clusters across a tile that holds too many points
COUNT_SLACK = 1 / 256  # share of a tile: the widest cell of stored counts
HEX_SLACK = 0.001  # share of a tile: more than rounding can move a hexagon's far corner
AT = "_at"
WEIGHED = 1000  # rows that tell how heavy one is
MOST_NAMES = 1000  # of the largest areas of a tile: no map shows as many in one
MOST_ROWS = 20_000  # rows that are counted at most before a tile is drawn
# What a tile can hold as it is; any other type goes in as text.
KEPT_TYPES = {"boolean", "smallint", "integer", "bigint", "real", "double precision", "text"}
ISO_UTC = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""


@dataclass(frozen=True, slots=True)
class Window:
    """Text that narrows a statement to a time window; empty for the statement without one."""

    suffix: str = ""
    window: str = ""
    window_words: str = ""


OPEN_ENDED = Window()
WITHIN = Window("_window", f'\n      AND "{AT}" >= $5 AND "{AT}" < $6', ", $5 from, $6 until")


def _text(name: str, **parts: Any) -> str:
    return sqlfile.read("tile_service", name).format(**parts)


def as_tile_value(name: str, kind: str) -> str:
    """Expression that puts a column of type `kind` into a tile."""
    column = f'"{name}"'
    if kind in KEPT_TYPES:
        return column
    if kind == "numeric":
        return f"{column}::float8 AS {column}"
    if kind == "timestamp with time zone":
        return f"to_char({column} AT TIME ZONE 'UTC', {ISO_UTC}) AS {column}"
    return f"{column}::text AS {column}"


@dataclass(frozen=True, slots=True)
class Statements:
    """Makes the statements of one face, whose view (schema included) has columns of `types`."""

    layer: Layer
    face: Face
    view: str
    types: dict[str, str]
    counted: bool
    offset_s: int = 0
    many: bool = False  # so many rows that a tile may be too heavy: they are counted first

    def rows(self, within: Window, *, lean: bool = False, low: bool = False) -> str:
        """Statement of a tile of rows; `lean` ones carry only the columns the style draws by."""
        parts = self._parts(within, lean=lean, low=low)
        few, once = self._few(within, parts), self._reads_once(within)
        held = "SELECT * FROM met WHERE true" if once else _text("held_part", **parts).strip()
        names = self._names(self._fields(lean=lean))
        return _text(
            "rows_tile",
            few=few,
            as_held="NOT MATERIALIZED " if once else "",
            held=held + ("\n      AND (SELECT n FROM few) <= $4" if few else ""),
            notice=self._notice("columns", "number") if lean else "",
            names=names,
            number="greatest(number, (SELECT n FROM few))" if few else "number",
            too_many="number > $4 OR (SELECT n FROM few) > $4" if few else "number > $4",
            **parts,
        )

    def sample(self, within: Window, *, low: bool = False) -> str:
        """Statement of a tile of some of its rows, with the columns the style draws by."""
        parts = self._parts(within, lean=True, low=low)
        total = _text("total_part", **parts).rstrip()
        return _text(
            "sample_tile",
            notice=self._notice("sample", total),
            names=self._names(self._fields(lean=True)),
            **parts,
        )

    def _fields(self, *, lean: bool) -> tuple[str, ...]:
        fields = self.layer.fields_of(self.face)
        return tuple(f for f in fields if f in drawn_columns(self.layer)) if lean else fields

    def _parts(self, within: Window, *, lean: bool, low: bool) -> dict[str, Any]:
        """What every statement of single rows is made of."""
        fields, buffer = self._fields(lean=lean), buffer_of(self.layer)
        shape = f"{generalising.chosen(self.view)} AS tile_geom" if low else "tile_geom"
        return {
            "slug": self.layer.slug,
            "view": self.view,
            "geometry": shape,
            "buffer": buffer,
            "columns": "".join(f'"{name}", ' for name in fields),
            "shown": self._shown(fields),
            "margin": buffer / 4096,
            "window": within.window,
            "window_words": within.window_words,
        }

    def _reads_once(self, within: Window) -> bool:
        """True when rows are counted as they are read, for want of stored counts."""
        return self.many and (not self.counted or bool(within.suffix))

    def _few(self, within: Window, parts: dict[str, Any]) -> str:
        """CTE `few`: how many rows the tile holds, from stored counts or from what it reads."""
        if self.counted and not within.suffix:
            return counting.few(self.view)
        return _text("some_part", most=MOST_ROWS, **parts) if self.many else ""

    def _notice(self, step: str, total: str) -> str:
        made = _text("notice_part", slug=self.layer.slug, step=step, total=total)
        return "\n" + made.rstrip()

    def _shown(self, fields: tuple[str, ...]) -> str:
        return "".join(f"{as_tile_value(name, self.types[name])}, " for name in fields)

    def weighing(self, select: str, zoom: int) -> str:
        """Statement of the number of up to WEIGHED rows and their bytes at `zoom`, all and lean."""
        fields, lean = self._fields(lean=False), self._fields(lean=True)
        return _text(
            "weigh_rows",
            slug=self.layer.slug,
            select=select,
            most=WEIGHED,
            half_m=HALF_M / 2**zoom,
            buffer=buffer_of(self.layer),
            columns="".join(f'"{name}", ' for name in fields),
            shown=self._shown(fields),
            lean=self._shown(lean),
        )

    def _names(self, fields: tuple[str, ...]) -> str:
        label = self.layer.symbol.label
        if not has_areas(self.layer) or label not in fields:
            return ""
        parts = {"label": f'"{label}"::text', "label_as": f'"{label}"', "slug": self.layer.slug}
        return "\n" + _text("names_part", most_names=MOST_NAMES, **parts).rstrip()

    def _places(self, within: Window, margin: float, *, days: bool | None = None) -> str:
        """Places with their number: the rows, or stored counts (`days`: those of a window)."""
        parts = {"view": self.view, "margin": margin, "window": within.window}
        rows = _text("places_part", **parts)
        if days is None:
            return rows
        return counting.places(self.view, rows, margin=margin, days=days, offset_s=self.offset_s)

    def hexagons(self, tiles: HexTiles, within: Window, *, days: bool | None = None) -> str:
        """Statement of a tile of hexagons."""
        margin = 2 / (tiles.cells_across * 1.5) + HEX_SLACK
        return _text(
            "hex_tile",
            slug=self.layer.slug,
            places=self._places(within, margin, days=days),
            grid=_text(
                "hex_part", zoom="$1", world_m=WORLD_M, cells_across=tiles.cells_across
            ).rstrip(),
            floor=tiles.floor,
            window_words=within.window_words,
        )

    def clusters(
        self, cells: int, floor: int, within: Window, *, overflows: bool, days: bool | None = None
    ) -> str:
        """Statement of a tile of clusters; one that `overflows` says so in its notice."""
        return _text(
            "cluster_tile",
            slug=self.layer.slug,
            places=self._places(within, 0, days=days),
            world_m=WORLD_M,
            half_m=HALF_M,
            cells_across=cells,
            floor=floor,
            overflows="true" if overflows else "false",
            window_words=within.window_words,
        )

    def gathered(
        self, tiles: GatheredTiles, within: Window, *, days: bool | None = None
    ) -> tuple[str, str]:
        """Name and text of the statement below `rows_from_zoom`."""
        if isinstance(tiles, HexTiles):
            return "hex", self.hexagons(tiles, within, days=days)
        made = self.clusters(tiles.cells_across, tiles.floor, within, overflows=False, days=days)
        return "cluster", made

    def of(self, within: Window) -> Iterator[tuple[str, str]]:
        """Names and texts of all statements within a window (or without one)."""
        tiles, suffix = self.layer.tiles, within.suffix
        low = generalising.wanted(self.layer)
        yield f"rows{suffix}", self.rows(within)
        yield f"lean{suffix}", self.rows(within, lean=True, low=low)
        if low:
            yield f"low{suffix}", self.rows(within, low=True)
        if not has_points(self.layer):
            yield f"sample{suffix}", self.sample(within, low=low)
        if has_points(self.layer):
            kept = False if self.counted and not suffix else None
            made = self.clusters(OVERFLOW_CELLS, 1, within, overflows=True, days=kept)
            yield f"overflow{suffix}", made
        if isinstance(tiles, HexTiles | ClusterTiles):
            whole = False if self.counted and not suffix else None
            name, text = self.gathered(tiles, within, days=whole)
            yield f"{name}{suffix}", text
            if self.counted and suffix:
                name, text = self.gathered(tiles, within, days=True)
                yield f"{name}_days{suffix}", text


def buffer_of(layer: Layer) -> int:
    """How far a row is drawn beyond its tile's edge, of 4096 in a tile."""
    return POINT_BUFFER if has_points(layer) else BUFFER


def reach_of(layer: Layer) -> dict[str, float]:
    """Shares of a tile's width beyond its edge at which a row still changes the tile.

    gathered (below `rows_from_zoom`): a hexagon counts all its rows in each tile that it is drawn
    in; a stored count stands in the middle of its cell.
    """
    reach = {"rows": buffer_of(layer) / 4096}
    if isinstance(layer.tiles, HexTiles | ClusterTiles):
        hexagon = 2 / (layer.tiles.cells_across * 1.5) if isinstance(layer.tiles, HexTiles) else 0
        reach["gathered"] = hexagon + HEX_SLACK + COUNT_SLACK
    return reach


def statements_of(made: Statements) -> dict[str, str]:
    """Every tile statement of a face by name."""
    windows = (OPEN_ENDED, WITHIN) if made.layer.time is not None else (OPEN_ENDED,)
    return {name: text for within in windows for name, text in made.of(within)}
