"""The geometry gate: each trap is refused by its own code, and good geometry passes untouched."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from layers.gate import MAX_VERTICES, Refusal, checked, frames, sentences, strict_json
from layers.gate.geojson import geometry
from layers.gate.sentences import SENTENCES, sentence

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
BOWTIE = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]


def code_of(act, *arguments, **named) -> str:
    """The code with which `act` refuses."""
    with pytest.raises(Refusal) as refused:
        act(*arguments, **named)
    assert refused.value.code in SENTENCES
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "EMPTY"),
        (b"\xef\xbb\xbf", "EMPTY"),
        (b'{"a": NaN}', "NONFINITE"),
        (b"[-Infinity]", "NONFINITE"),
        (b"[1e999]", "NONFINITE"),
        (b'{"a": 1, "a": 2}', "DUPLICATE_KEY"),
        (b'{"a": {"b": 1, "b": 2}}', "DUPLICATE_KEY"),
        (b"\xff\xfe{\x00}\x00", "BAD_ENCODING"),
        (b'{"name": "Caf\xe9"}', "BAD_ENCODING"),
        (b'{"a": [1, 2', "TRUNCATED"),
        (b'{"a": 1}{"b": 2}', "BAD_JSON"),
        (b"{'a': 1}", "BAD_JSON"),
        (b"[" * 65 + b"]" * 65, "TOO_DEEP"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b"[" + b"1" * 5000 + b"]", "NONFINITE"),
    ],
)
def test_json_that_is_none_is_refused_by_name(text, code):
    assert code_of(strict_json.loads, text) == code


def test_json_64_deep_with_a_mark_and_brackets_in_its_text_is_read():
    text = b"\xef\xbb\xbf" + b"[" * 63 + b'["]]]]\\"[[[[ \\\\"]' + b"]" * 63
    assert strict_json.deepest(text) == 64
    assert strict_json.loads(text)


def test_a_file_over_the_limit_is_refused_before_it_is_parsed():
    assert code_of(strict_json.loads, b"[" + b" " * 100 + b"]", max_bytes=100) == "TOO_LARGE"


plain = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text()
things = st.recursive(plain, lambda t: st.lists(t) | st.dictionaries(st.text(), t), max_leaves=20)


@given(things)
def test_what_json_wrote_the_strict_reader_reads_back(thing):
    text = json.dumps(thing).encode()
    try:
        assert strict_json.loads(text) == thing
    except Refusal as refusal:
        assert refusal.code == "TOO_DEEP" and strict_json.deepest(text) > 64


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("spot", range(3))
def test_a_number_that_is_none_is_found_wherever_it_stands(bad, spot):
    places = [[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]
    places[spot][spot % 2] = bad
    assert code_of(checked, shapely.LineString(places)) == "NONFINITE"
    two = shapely.MultiLineString([[[5, 5], [6, 6]], places])
    assert code_of(checked, two) == "NONFINITE"


def test_a_height_that_is_no_number_is_refused_though_heights_are_dropped():
    assert code_of(checked, shapely.Point(1, 2, math.inf)) == "NONFINITE"
    kept = checked(shapely.Point(1, 2, 3))
    assert kept.flat and not kept.geom.has_z


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (0.0, 100.0, "COORD_SWAPPED"),
        (0.79, 127.38, "COORD_SWAPPED"),
        (200.0, 95.0, "COORD_RANGE"),
        (1e300, 1e300, "COORD_RANGE"),
        (0.0, -90.0001, "COORD_SWAPPED"),
        (180.0001, 0.0, "COORD_RANGE"),
    ],
)
def test_places_off_the_earth_are_refused_with_a_hint_when_swapping_helps(lon, lat, code):
    assert code_of(checked, shapely.Point(lon, lat)) == code


@pytest.mark.parametrize("spot", [(180, 90), (-180, -90), (0, 0), (-0.0, 90), (127.38, 0.79)])
def test_poles_and_180_are_good(spot):
    assert checked(shapely.Point(spot)).geom.equals(shapely.Point(spot))


def test_a_self_crossing_area_is_refused_and_never_mended():
    assert code_of(checked, shapely.Polygon(BOWTIE)) == "INVALID_GEOMETRY"


def test_empty_parts_are_refused_even_inside_a_collection():
    mixed = shapely.GeometryCollection([shapely.Point(1, 1), shapely.Point()])
    assert code_of(checked, mixed) == "EMPTY_GEOMETRY"


def test_collections_nest_64_deep_at_most():
    geom = shapely.Point(1, 1)
    for _ in range(63):
        geom = shapely.GeometryCollection([geom])
    assert checked(geom)
    for _ in range(2):
        geom = shapely.GeometryCollection([geom])
    assert code_of(checked, geom) == "TOO_DEEP"


def test_one_vertex_over_the_limit_is_one_too_many():
    x = np.linspace(0, 1, MAX_VERTICES)
    assert checked(shapely.LineString(np.column_stack((x, x))))
    x = np.linspace(0, 1, MAX_VERTICES + 1)
    assert code_of(checked, shapely.LineString(np.column_stack((x, x)))) == "TOO_MANY_VERTICES"


def test_an_area_may_touch_the_180th_meridian_but_not_jump_over_it():
    assert checked(shapely.box(179, -4, 180, -3))
    jump = [(179, -4), (-179, -4), (-179, -3), (179, -3)]
    assert code_of(checked, shapely.Polygon(jump)) == "ANTIMERIDIAN"


@pytest.mark.parametrize(
    ("thing", "code"),
    [
        (None, "BAD_GEOJSON"),
        ({"type": "FooBar"}, "BAD_GEOJSON"),
        ({"type": {}}, "BAD_GEOJSON"),
        ({"type": "Point"}, "BAD_COORD"),
        ({"type": "Point", "coordinates": []}, "EMPTY_GEOMETRY"),
        ({"type": "Point", "coordinates": [1]}, "BAD_COORD"),
        ({"type": "Point", "coordinates": ["1", 2]}, "BAD_COORD"),
        ({"type": "Point", "coordinates": [True, 2]}, "BAD_COORD"),
        ({"type": "Point", "coordinates": [10**400, 2]}, "NONFINITE"),
        ({"type": "MultiPoint", "coordinates": [[[0, 0]]]}, "BAD_COORD"),
        ({"type": "LineString", "coordinates": [[0, 0]]}, "TOO_FEW_POINTS"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}, "TOO_FEW_POINTS"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "RING_NOT_CLOSED"),
        ({"type": "GeometryCollection", "geometries": []}, "EMPTY_GEOMETRY"),
    ],
)
def test_what_only_looks_like_geojson_is_refused_by_name(thing, code):
    assert code_of(geometry, thing, set()) == code


def test_a_ring_is_closed_only_when_asked_and_the_note_says_so():
    notes: set[str] = set()
    made = geometry({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, notes, close_rings=True)
    assert made.area == 1.0 and notes == {"RING_CLOSED"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("http://127.0.0.1:9/crs", "CRS_EXTERNAL"),
        ("/vsicurl/x", "CRS_EXTERNAL"),
        ("EPSG:999999", "BAD_CRS"),
        ("+proj=longlat", "BAD_CRS"),
        ("WGS 84", "BAD_CRS"),
    ],
)
def test_a_frame_is_named_by_code_or_not_at_all(name, code):
    assert code_of(frames.named, name) == code


@pytest.mark.parametrize("name", ["EPSG:32652", "urn:ogc:def:crs:EPSG::32652", "epsg:32652"])
def test_a_named_utm_zone_is_moved_to_degrees(name):
    frame = frames.named(name)
    placed = checked(shapely.Point(320_000, 87_000), frame.move).geom
    assert (round(placed.x, 2), round(placed.y, 2)) == (127.38, 0.79)


def test_crs84_and_4326_need_no_move():
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"):
        assert frames.named(name).move is None


def test_a_sentence_stays_on_one_line_whatever_the_file_wrote():
    said = sentence("BAD_COORD", {"value": "x\r\n2026 ERROR root\x1b[31m\u2028y"})
    assert said.isprintable() and "\n" not in said


def test_every_sentence_fills_in_without_a_fault():
    for code in SENTENCES:
        assert sentence(code, {}) and "{" not in sentence(code, {})


def test_every_sentence_has_its_english_twin_with_the_same_values():
    words = Path(sentences.__file__).parents[1] / "locale/en/LC_MESSAGES/django.po"
    pairs = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', words.read_text(), re.MULTILINE))
    for code, said in SENTENCES.items():
        with translation.override("id"):
            indonesian = str(said)
        assert set(re.findall(r"{(\w+)}", indonesian)) == set(
            re.findall(r"{(\w+)}", pairs[indonesian])
        ), code
