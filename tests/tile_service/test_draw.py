"""Expressions of our styles worked out by hand, and marks as pictures."""

from __future__ import annotations

import pytest

from layers.registry import all_layers
from tile_service import base_map, styles
from tile_service.draw import marks
from tile_service.draw.expressions import OPERATORS, UnknownExpression, value_of

ZOOM = 13.0


@pytest.mark.parametrize(
    ("expression", "row", "value"),
    [
        (["get", "a"], {"a": 3}, 3),
        (["has", "a"], {"a": None}, False),
        (["to-string", ["get", "a"]], {"a": 2.0}, "2"),
        (["to-number", ["get", "a"], 7], {"a": "x"}, 7),
        (["match", ["get", "a"], "x", 1, ["y", "z"], 2, 3], {"a": "z"}, 2),
        (["match", ["get", "a"], "x", 1, 3], {}, 3),
        (["step", ["get", "n"], "low", 3, "mid", 8, "high"], {"n": 3}, "mid"),
        (["step", ["get", "n"], "low", 3, "mid", 8, "high"], {"n": 2.9}, "low"),
        (["interpolate", ["linear"], ["zoom"], 9, 3, 13, 5, 17, 8], {}, 5),
        (["interpolate", ["linear"], ["get", "n"], 0, 0, 10, 100], {"n": 2.5}, 25),
        (["interpolate", ["linear"], ["get", "n"], 0, 1, 10, 100], {"n": -4}, 1),
        (["interpolate", ["linear"], ["get", "n"], 0, 1, 10, 100], {"n": 40}, 100),
        (["case", ["has", "a"], 1, 2], {}, 2),
        (["!", ["in", ["get", "c"], ["literal", ["p", "q"]]]], {"c": "q"}, False),
        ([">", ["get", "n"], 1], {"n": 2}, True),
        ("#ffffff", {}, "#ffffff"),
        ([1.5, 2], {}, [1.5, 2]),
    ],
)
def test_an_expression_has_the_value_that_the_browser_gives_it(expression, row, value):
    assert value_of(expression, row, ZOOM) == value


def operators(part) -> set[str]:
    """Names of the operators inside a style."""
    if isinstance(part, dict):
        return {name for value in part.values() for name in operators(value)}
    if not isinstance(part, list) or not part:
        return set()
    if part[0] == "literal" or part[0] == "system-ui":
        return set()
    inner = {name for value in part for name in operators(value)}
    return inner | ({part[0]} if isinstance(part[0], str) else set())


def test_every_operator_of_our_styles_is_known():
    layers = [one for layer in all_layers() for one in styles.layers_of(layer)]
    layers += base_map.layers({"relief", "elevation"})
    used = set()
    for one in layers:
        for held in ("paint", "layout", "filter"):
            used |= operators(one.get(held))
    values = {"linear", *base_map.BIG, *base_map.MIDDLE, *base_map.FOOT}
    assert used - values <= set(OPERATORS)
    with pytest.raises(UnknownExpression):
        value_of(["distance", 1], {}, ZOOM)


@pytest.mark.parametrize(
    ("match", "ground"),
    [("works", (11, 110, 143)), ("weak", (11, 110, 143)), ("planned", (255, 255, 255))],
)
def test_a_mark_has_its_colour_and_a_clear_rim(match, ground):
    image = marks.drawn(f"square/wifi-hotspots/{match}/#0b6e8f", 28)
    assert image.size == (28, 28)
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((7, 6))[:3] == pytest.approx(ground, abs=2)


def test_a_wedge_points_north():
    image = marks.drawn("wedge/cctv/alive/#1d7a4c", 28)
    assert image.getpixel((14, 5))[3] > 0
    assert image.getpixel((14, 24))[3] == 0


def test_a_fuller_bin_has_more_of_its_colour():
    def painted(match: str) -> int:
        image = marks.drawn(f"column/waste-bins/{match}/#c2660a", 28)
        return sum(pixel[:3] == (0xC2, 0x66, 0x0A) for pixel in image.getdata())

    assert painted("0") < painted("60") < painted("80") < painted("95")
