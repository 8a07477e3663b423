"""Rows of a published face as GeoJSON: values as parameters, pages bounded by rows and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from tile_service.serve.catalogue import PublishedFace
from tile_service.serve.cql2_sql import Compiler, Values, meets_boxes, quoted
from tile_service.serve.ogc_frames import Frame
from tile_service.serve.ogc_parameters import Wish, kinds_of
from tile_service.serve.pool import Pool

MOST_PAGE_BYTES = 4_000_000
MOST_COUNTED = 1_000_000
AT = '"_at"'  # the time column of a published view

Statement = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """Features as texts, whether more follow, and the key of the last one."""

    features: tuple[str, ...]
    more: bool
    last: int


def _sql(name: str) -> str:
    return (files("tile_service") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


PAGE, COUNT = _sql("features_page"), _sql("features_count")


def _conditions(spec: Mapping[str, Any], wish: Wish, values: Values) -> list[str]:
    found = []
    if wish.boxes and wish.box_frame:
        found.append(meets_boxes(values, list(wish.boxes), wish.box_frame, "geom"))
    since, until = wish.window or (None, None)
    if since:
        found.append(f"{AT} >= {values.place(since)}")
    if until:
        found.append(f"{AT} < {values.place(until)}")
    found += [f"{quoted(name)} = {values.place(value)}" for name, value in wish.equal.items()]
    if wish.tree is not None:
        frame = wish.filter_frame or wish.frame
        found.append(Compiler(kinds_of(spec["collection"]), values, frame).condition(wish.tree))
    return found


def _properties(collection: Mapping[str, Any], shown: tuple[str, ...] | None) -> str:
    names = [name for name in collection["columns"] if shown is None or name in shown]
    pairs = (f"{_text(name)}, {quoted(name)}" for name in names)
    return f"json_build_object({', '.join(pairs)})"


def _text(name: str) -> str:
    return "'" + name.replace("'", "''").replace("%", "%%") + "'"


def page_statement(spec: Mapping[str, Any], wish: Wish) -> Statement:
    """Statement and parameters of one page, with one row more than asked for."""
    values = Values()
    conditions = _conditions(spec, wish, values)
    if wish.after is not None:
        conditions.append(f"feature_id > {values.place(wish.after)}")
    return _page(spec, wish.frame, wish.shown, conditions, values, wish.limit + 1, wish.offset)


def item_statement(spec: Mapping[str, Any], frame: Frame, key: int) -> Statement:
    """Statement and parameters of one feature."""
    values = Values()
    return _page(spec, frame, None, [f"feature_id = {values.place(key)}"], values, 1, 0)


def _page(
    spec: Mapping[str, Any], frame: Frame, shown: tuple[str, ...] | None, conditions: list[str],
    values: Values, rows: int, offset: int,
) -> Statement:  # fmt: skip
    collection = spec["collection"]
    text = PAGE.format(
        shape=frame.out("geom"),
        digits=frame.digits,
        properties=_properties(collection, shown),
        view=collection["view"],
        conditions=" AND ".join(conditions) or "true",
    )
    return text, values.held | {"rows": rows, "offset": offset, "most_bytes": MOST_PAGE_BYTES}


def count_statement(spec: Mapping[str, Any], wish: Wish) -> Statement:
    """Statement and parameters of the number of rows that match, whatever the page."""
    values = Values()
    conditions = _conditions(spec, wish, values)
    text = COUNT.format(
        view=spec["collection"]["view"], conditions=" AND ".join(conditions) or "true"
    )
    return text, values.held | {"bound": MOST_COUNTED + 1}


def read_page(pool: Pool, face: PublishedFace, wish: Wish) -> Page:
    """One page (in a thread of `pool`); it ends early at MOST_PAGE_BYTES. Raises Busy, Refused."""
    rows = pool.rows(*page_statement(face.spec, wish))
    shown = rows[: wish.limit]
    last = shown[-1][0] if shown else wish.after or 0
    more = bool(rows) and rows[0][2] > len(shown)
    return Page(tuple(row[1] for row in shown), more, last)


def read_item(pool: Pool, face: PublishedFace, frame: Frame, key: int) -> str | None:
    """One feature as text; None when there is none. Raises Busy."""
    rows = pool.rows(*item_statement(face.spec, frame, key))
    return rows[0][1] if rows else None


def read_count(pool: Pool, face: PublishedFace, wish: Wish) -> int | None:
    """Rows that match, None above MOST_COUNTED. Raises Busy, Refused."""
    found = int(pool.rows(*count_statement(face.spec, wish))[0][0])
    return found if found <= MOST_COUNTED else None
