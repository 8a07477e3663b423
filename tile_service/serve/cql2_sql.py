"""From a CQL2 tree to a condition: a closed set of operators, listed columns, values as parameters.

No character of a filter reaches the statement: operators are looked up, columns come from the
catalogue, every value is a parameter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tile_service.serve.errors import Refused
from tile_service.serve.ogc_frames import DEGREES, Frame, boxes_of

MOST_NODES = 20
MOST_VALUES = 100
MOST_WILDCARDS = 5
MOST_VERTICES = 1000
LONGEST_TEXT = 1000
COMPARISONS = {"=": "=", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
GEOMETRY_NAMES = {"geometry", "geom"}
GEOMETRY_DEPTH = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip
KINDS = {
    "boolean": "boolean", "smallint": "number", "integer": "number", "bigint": "number",
    "real": "number", "double precision": "number", "numeric": "number", "text": "text",
    "character varying": "text", "timestamp with time zone": "instant", "date": "date",
}  # fmt: skip
OTHER = "other"

Tree = Any


def kind_of(postgres_type: str) -> str:
    """boolean, number, text, instant, date; `other` for what cannot be compared."""
    return KINDS.get(postgres_type, OTHER)


@dataclass(slots=True)
class Values:
    """Parameters of a statement, by the name that stands for each in its text."""

    held: dict[str, Any] = field(default_factory=dict)

    def place(self, value: Any) -> str:
        """Placeholder for `value`."""
        name = f"v{len(self.held)}"
        self.held[name] = value
        return f"%({name})s"


def quoted(name: str) -> str:
    """Identifier from the catalogue, quoted for SQL and for the driver's `%`."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def moment_of(text: str) -> datetime:
    """Moment (UTC) of an RFC 3339 text with offset; raises ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or len(text) < len("2026-01-01T00:00Z"):
        raise ValueError(text)
    return at.astimezone(UTC)


def text_value(value: Any) -> str:
    """Text that PostgreSQL can hold; raises Refused."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise Refused(f"filter: a text of at most {LONGEST_TEXT} characters belongs here.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused("filter: a text is not Unicode.") from None
    return value


def number_value(value: Any) -> int | float:
    """Finite number, whole ones as int; raises Refused."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused("filter: a number belongs here.")
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def time_value(value: Any) -> datetime | date:
    """Moment or day of {"timestamp": …} or {"date": …}; raises Refused."""
    try:
        if isinstance(value, dict) and set(value) == {"timestamp"}:
            return moment_of(value["timestamp"])
        if isinstance(value, dict) and set(value) == {"date"}:
            return date.fromisoformat(value["date"])
    except (ValueError, TypeError, OverflowError):
        pass
    raise Refused("filter: write TIMESTAMP('2026-11-02T06:00:00Z') or DATE('2026-11-02').")


def literal(value: Any, kind: str) -> Any:
    """`value` as a column of `kind` is compared with; raises Refused."""
    if kind == "number":
        return number_value(value)
    if kind == "text":
        return text_value(value)
    if kind in {"instant", "date"}:
        return time_value(value)
    if kind == "boolean" and isinstance(value, bool):
        return value
    raise Refused("filter: the value does not fit the property.")


class Compiler:
    """One filter on its way to SQL."""

    def __init__(
        self, kinds: Mapping[str, str], values: Values, frame: Frame = DEGREES, geom: str = "geom"
    ) -> None:
        """kinds: listed columns with their kind; `values` takes the parameters."""
        self.kinds, self.values, self.frame, self.geom = kinds, values, frame, geom
        self.nodes = 0
        self.rules: dict[str, Callable[[list[Any]], str]] = {
            "and": lambda args: self.joined("AND", args),
            "or": lambda args: self.joined("OR", args),
            "not": self.negated, "between": self.between, "in": self.among, "like": self.like,
            "isNull": self.is_null, "s_intersects": self.intersects, "t_after": self.after,
            "t_before": self.before, "t_during": self.during, "t_equals": self.at,
            "t_intersects": self.touches, "t_disjoint": self.apart,
        }  # fmt: skip

    def condition(self, tree: Tree) -> str:
        """SQL of `tree`; raises Refused."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Refused(f"filter: more than {MOST_NODES} operators.")
        if isinstance(tree, bool):
            return "true" if tree else "false"
        if not isinstance(tree, dict) or not isinstance(tree.get("args"), list):
            raise Refused("filter: a condition belongs here.")
        name, args = tree.get("op"), tree["args"]
        if name in COMPARISONS:
            return self.compared(COMPARISONS[name], args)
        if name not in self.rules:
            raise Refused("filter: this operator or function is not offered.")
        return self.rules[name](args)

    # --- logic and comparison -------------------------------------------------------------------

    def joined(self, word: str, args: list[Any]) -> str:
        """Conditions joined by AND or OR."""
        if len(args) < 2:
            raise Refused("filter: and, or need two conditions.")
        return "(" + f" {word} ".join(self.condition(arg) for arg in args) + ")"

    def negated(self, args: list[Any]) -> str:
        """NOT of one condition."""
        (inner,) = self.counted(args, 1)
        return f"(NOT {self.condition(inner)})"

    def counted(self, args: list[Any], count: int) -> list[Any]:
        """`args`, if there are `count` of them; raises Refused."""
        if len(args) != count:
            raise Refused("filter: an operator has too many or too few parts.")
        return args

    def column(self, part: Any) -> tuple[str, str]:
        """Quoted column and kind of a property; raises Refused."""
        name = part.get("property") if isinstance(part, dict) and len(part) == 1 else None
        if not isinstance(name, str):
            raise Refused("filter: a property belongs on the left, a value on the right.")
        kind = self.kinds.get(name)
        if kind is None:
            raise Refused("filter: unknown property; see the collection's queryables.")
        return quoted(name), kind

    def compared(self, sign: str, args: list[Any]) -> str:
        """Property against value."""
        left, right = self.counted(args, 2)
        column, kind = self.column(left)
        return f"({column} {sign} {self.values.place(literal(right, kind))})"

    def between(self, args: list[Any]) -> str:
        """Property between two values, both included."""
        part, low, high = self.counted(args, 3)
        column, kind = self.column(part)
        low, high = (self.values.place(literal(end, kind)) for end in (low, high))
        return f"({column} BETWEEN {low} AND {high})"

    def among(self, args: list[Any]) -> str:
        """Property in a list of values."""
        part, listed = self.counted(args, 2)
        column, kind = self.column(part)
        if not isinstance(listed, list) or not 0 < len(listed) <= MOST_VALUES:
            raise Refused(f"filter: IN takes 1 to {MOST_VALUES} values.")
        wanted = [literal(value, kind) for value in listed]
        return f"({column} = ANY({self.values.place(wanted)}))"

    def like(self, args: list[Any]) -> str:
        """Text that begins as the pattern does."""
        part, pattern = self.counted(args, 2)
        column, kind = self.column(part)
        text = text_value(pattern)
        if kind != "text":
            raise Refused("filter: LIKE is for texts.")
        if text.startswith(("%", "_")):
            raise Refused("filter: LIKE may not begin with a wildcard.")
        if text.count("%") + text.count("_") > MOST_WILDCARDS:
            raise Refused(f"filter: LIKE takes at most {MOST_WILDCARDS} wildcards.")
        if (len(text) - len(text.rstrip("\\"))) % 2:
            raise Refused("filter: LIKE ends with an escape sign.")
        return f"({column} LIKE {self.values.place(text)})"

    def is_null(self, args: list[Any]) -> str:
        """Property without value; the geometry too may be asked."""
        (part,) = self.counted(args, 1)
        if isinstance(part, dict) and part.get("property") in GEOMETRY_NAMES:
            return f"({self.geom} IS NULL)"
        return f"({self.column(part)[0]} IS NULL)"

    # --- space ----------------------------------------------------------------------------------

    def intersects(self, args: list[Any]) -> str:
        """Rows whose geometry meets a box or a shape."""
        part, shape = self.counted(args, 2)
        name = part.get("property") if isinstance(part, dict) else None
        if name not in GEOMETRY_NAMES:
            raise Refused("filter: S_INTERSECTS takes the property geometry.")
        if isinstance(shape, dict) and set(shape) == {"bbox"}:
            return self.in_boxes(shape["bbox"])
        if not isinstance(shape, dict) or shape.get("type") not in GEOMETRY_DEPTH:
            raise Refused("filter: S_INTERSECTS takes BBOX, a point, line or polygon.")
        kind, coordinates = shape["type"], shape.get("coordinates")
        if self.vertices(coordinates, GEOMETRY_DEPTH[kind]) > MOST_VERTICES:
            raise Refused(f"filter: a shape of more than {MOST_VERTICES} points.")
        made = self.values.place(json.dumps({"type": kind, "coordinates": coordinates}))
        constant = self.frame.into(f"ST_SetSRID(ST_GeomFromGeoJSON({made}), {self.frame.srid})")
        return f"ST_Intersects({self.geom}, {constant})"

    def in_boxes(self, numbers: Any) -> str:
        """Rows whose geometry meets a box of 4 or 6 numbers (in the filter's frame)."""
        if not isinstance(numbers, list):
            raise Refused("filter: BBOX takes four numbers.")
        return meets_boxes(
            self.values, boxes_of("filter", [number_value(n) for n in numbers], self.frame),
            self.frame, self.geom,
        )  # fmt: skip

    def vertices(self, part: Any, depth: int) -> int:
        """Number of points; raises Refused for what is no list of positions."""
        if not isinstance(part, list) or not part:
            raise Refused("filter: a shape without points.")
        if depth:
            return sum(self.vertices(inner, depth - 1) for inner in part)
        numbers = [number_value(number) for number in part]
        if len(numbers) not in {2, 3}:
            raise Refused("filter: a point has two numbers.")
        self.frame.checked("filter", numbers[0], numbers[1])
        return 1

    # --- time -----------------------------------------------------------------------------------

    def times(self, args: list[Any]) -> tuple[str, list[Any], bool]:
        """Column, and moment or both ends (None where open); True for an interval."""
        part, value = self.counted(args, 2)
        column, kind = self.column(part)
        if kind not in {"instant", "date"}:
            raise Refused("filter: this property holds no time.")
        if not (isinstance(value, dict) and set(value) == {"interval"}):
            return column, [time_value(value)], False
        ends = value["interval"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise Refused("filter: an interval has two ends.")
        return column, [self.end(end) for end in ends], True

    def end(self, end: Any) -> datetime | date | None:
        """One end of an interval; None where it is open."""
        if end == "..":
            return None
        if isinstance(end, dict):
            return time_value(end)
        return time_value({"date" if isinstance(end, str) and len(end) == 10 else "timestamp": end})

    def sides(self, column: str, ends: list[Any], signs: tuple[str, str]) -> str:
        """Column within the given ends; true where both are open."""
        parts = [
            f"{column} {sign} {self.values.place(end)}"
            for sign, end in zip(signs, ends, strict=True)
            if end is not None
        ]
        return "(" + (" AND ".join(parts) or "true") + ")"

    def after(self, args: list[Any]) -> str:
        """Column after a moment, or after the end of an interval."""
        column, ends, _ = self.times(args)
        if ends[-1] is None:
            return "false"
        return f"({column} > {self.values.place(ends[-1])})"

    def before(self, args: list[Any]) -> str:
        """Column before a moment, or before the begin of an interval."""
        column, ends, _ = self.times(args)
        if ends[0] is None:
            return "false"
        return f"({column} < {self.values.place(ends[0])})"

    def during(self, args: list[Any]) -> str:
        """Column inside an interval, its ends left out."""
        column, ends, interval = self.times(args)
        if not interval:
            raise Refused("filter: T_DURING takes an interval.")
        return self.sides(column, ends, (">", "<"))

    def at(self, args: list[Any]) -> str:
        """Column equal to a moment."""
        column, ends, interval = self.times(args)
        if interval:
            raise Refused("filter: T_EQUALS takes a moment here.")
        return f"({column} = {self.values.place(ends[0])})"

    def touches(self, args: list[Any]) -> str:
        """Column at a moment, or inside an interval with its ends."""
        column, ends, interval = self.times(args)
        if not interval:
            return f"({column} = {self.values.place(ends[0])})"
        return self.sides(column, ends, (">=", "<="))

    def apart(self, args: list[Any]) -> str:
        """The opposite of T_INTERSECTS."""
        return f"(NOT {self.touches(args)})"


def meets_boxes(values: Values, boxes: list[Any], frame: Frame, geom: str) -> str:
    """Condition that `geom` (WGS 84, index on the bare column) meets one of `boxes`."""
    parts = []
    for box in boxes:
        corners = ", ".join(values.place(number) for number in box)
        made = f"ST_MakeEnvelope({corners}, {frame.srid})"
        if frame.srid != DEGREES.srid:  # edges bend on the way to degrees
            side = values.place(max(box[2] - box[0], box[3] - box[1], 1.0) / 8)
            made = f"ST_Segmentize({made}, {side})"
        parts.append(f"ST_Intersects({geom}, {frame.into(made)})")
    return "(" + " OR ".join(parts) + ")"
