"""The expressions that our own styles use, worked out for one row at one zoom."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


class UnknownExpression(ValueError):
    """A style holds an expression that is not worked out here."""


def number(value: Any) -> float:
    """`value` as a number, or ValueError (text that is none, nothing)."""
    if value is None:
        raise ValueError("nothing")
    return float(value)


def words(value: Any) -> str:
    """`value` as MapLibre's to-string writes it: whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _to_number(parts: Sequence[Any], row: Row, zoom: float) -> float:
    for part in parts:
        try:
            return number(value_of(part, row, zoom))
        except (TypeError, ValueError):
            continue
    raise ValueError("to-number: no part is a number")


def _match(parts: Sequence[Any], row: Row, zoom: float) -> Any:
    wanted = value_of(parts[0], row, zoom)
    *pairs, otherwise = parts[1:]
    for label, result in zip(pairs[::2], pairs[1::2], strict=True):
        if wanted in (label if isinstance(label, list) else [label]):
            return value_of(result, row, zoom)
    return value_of(otherwise, row, zoom)


def _case(parts: Sequence[Any], row: Row, zoom: float) -> Any:
    *pairs, otherwise = parts
    for condition, result in zip(pairs[::2], pairs[1::2], strict=True):
        if value_of(condition, row, zoom):
            return value_of(result, row, zoom)
    return value_of(otherwise, row, zoom)


def _step(parts: Sequence[Any], row: Row, zoom: float) -> Any:
    at, found = number(value_of(parts[0], row, zoom)), parts[1]
    for stop, result in zip(parts[2::2], parts[3::2], strict=True):
        if at >= float(stop):
            found = result
    return value_of(found, row, zoom)


def _interpolate(parts: Sequence[Any], row: Row, zoom: float) -> float:
    if parts[0] != ["linear"]:
        raise UnknownExpression(f"interpolate {parts[0]}")
    at = number(value_of(parts[1], row, zoom))
    stops = list(zip(parts[2::2], parts[3::2], strict=True))
    below = stops[0]
    for stop in stops:
        if at < stop[0]:
            if stop is stops[0]:
                break
            share = (at - below[0]) / (stop[0] - below[0])
            low, high = (number(value_of(side[1], row, zoom)) for side in (below, stop))
            return low + share * (high - low)
        below = stop
    return number(value_of(below[1], row, zoom))


def _plain(work: Callable[..., Any]) -> Callable[[Sequence[Any], Row, float], Any]:
    """An operator whose parts are all worked out first."""
    return lambda parts, row, zoom: work(*(value_of(part, row, zoom) for part in parts))


OPERATORS: dict[str, Callable[[Sequence[Any], Row, float], Any]] = {
    "literal": lambda parts, row, zoom: parts[0],
    "zoom": lambda parts, row, zoom: zoom,
    "get": lambda parts, row, zoom: row.get(parts[0]),
    "has": lambda parts, row, zoom: row.get(parts[0]) is not None,
    "to-number": _to_number,
    "match": _match,
    "case": _case,
    "step": _step,
    "interpolate": _interpolate,
    "to-string": _plain(words),
    "!": _plain(lambda value: not value),
    "in": _plain(lambda value, held: value in held),
    "==": _plain(lambda a, b: a == b),
    ">": _plain(lambda a, b: a > b),
    "log10": _plain(math.log10),
    "number-format": lambda parts, row, zoom: words(value_of(parts[0], row, zoom)),
}


def value_of(expression: Any, row: Row, zoom: float) -> Any:
    """Value of an expression, or the plain value that it is; raises UnknownExpression."""
    if not isinstance(expression, list) or not expression or not isinstance(expression[0], str):
        return expression
    operator = OPERATORS.get(expression[0])
    if operator is None:
        raise UnknownExpression(expression[0])
    return operator(expression[1:], row, zoom)
