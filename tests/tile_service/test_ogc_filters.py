"""CQL2 filters: what they mean, what is refused, and that none of their text becomes SQL."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import cql2
import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks import _made_filters, filters
from layers.catalog.facilities import Facility
from layers.catalog.wifi import WifiHotspot
from layers.geography import city
from tests.shared_data import SHARED
from tests.tile_service import toy
from tests.tile_service.conftest import committed
from tile_service.serve import cql2_filter
from tile_service.serve.cql2_sql import Compiler, Values
from tile_service.serve.errors import Refused

KINDS = {"code": "text", "fill": "number", "open": "boolean", "at": "instant", "day": "date"}
GEOM = {"property": "geom"}
NAUGHTY = SHARED / "badgeo" / "real" / "big-list-of-naughty-strings"
WIFI = "/ogc/collections/wifi-hotspots/items"
FACILITIES = "/ogc/collections/facilities/items"
WORD = re.compile(
    r"AND|OR|NOT|true|false|BETWEEN|ANY|LIKE|IS|NULL|ST_Intersects|ST_MakeEnvelope|ST_SetSRID|"
    r"ST_GeomFromGeoJSON|ST_Transform|ST_Segmentize|ST_FlipCoordinates|4326|geom|"
    r'"(?:code|fill|open|at|day)"|%\(v\d+\)s|<>|<=|>=|[=<>(),\s]'
)


def sql(text: str, language: str = cql2_filter.TEXT) -> tuple[str, dict]:
    """Condition and parameters of a filter."""
    values = Values()
    found = Compiler(KINDS, values).condition(cql2_filter.read(text, language))
    return found, values.held


@pytest.mark.parametrize(
    ("text", "condition", "parameters"),
    [
        ("code = 'a'", '("code" = %(v0)s)', ["a"]),
        ("fill >= 80", '("fill" >= %(v0)s)', [80]),
        ("open = TRUE", '("open" = %(v0)s)', [True]),
        ("NOT fill = 1 OR fill = 2", '((NOT ("fill" = %(v0)s)) OR ("fill" = %(v1)s))', [1, 2]),
        ("fill BETWEEN 1 AND 2.5", '("fill" BETWEEN %(v0)s AND %(v1)s)', [1, 2.5]),
        ("code IN ('a','b')", '("code" = ANY(%(v0)s))', [["a", "b"]]),
        ("code IS NOT NULL", '(NOT ("code" IS NULL))', []),
        ("code LIKE 'a%'", '("code" LIKE %(v0)s)', ["a%"]),
        ("geometry IS NULL", "(geom IS NULL)", []),
        ("TRUE", "true", []),
        ("T_AFTER(at, TIMESTAMP('2026-11-02T03:00:00Z'))", '("at" > %(v0)s)',
         [datetime(2026, 11, 2, 3, tzinfo=UTC)]),
        ("T_DURING(at, INTERVAL('..','2026-11-02T03:00:00Z'))", '("at" < %(v0)s)',
         [datetime(2026, 11, 2, 3, tzinfo=UTC)]),
        ("T_AFTER(at, INTERVAL('2026-11-02T03:00:00Z','..'))", "false", []),
        ("S_INTERSECTS(geom, BBOX(1,2,3,4))",
         "(ST_Intersects(geom, ST_MakeEnvelope(%(v0)s, %(v1)s, %(v2)s, %(v3)s, 4326)))",
         [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_a_filter_becomes_a_condition_with_its_values_as_parameters(text, condition, parameters):
    assert sql(text) == (condition, {f"v{n}": value for n, value in enumerate(parameters)})


def test_text_and_json_say_the_same():
    text = "code = 'a' AND (fill > 3 OR S_INTERSECTS(geom, POINT(1 2)))"
    assert sql(json.dumps(cql2.parse_text(text).to_json()), cql2_filter.JSON) == sql(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "code", "code = other", "unknown = 1", "keyholder_note = 'x'", "fill = 'a'",
        "code = 1", "open = 1", "at = '2026'", "day = TIMESTAMP('x')", "fill + 1 = 2",
        "f(code) = 1",
        "CASEI(code) = 'a'", "code LIKE '%a'", "code LIKE '_a'", "code LIKE 'a%b%c%d%e%f%'",
        "code LIKE 'a\\'", "fill LIKE 'a'", "'a' = code", "S_WITHIN(geom, POINT(1 1))",
        "S_INTERSECTS(code, POINT(1 1))", "S_INTERSECTS(geom, POINT(181 1))", "code = 'a' --",
        "code = 'a'; DROP TABLE x", "code = 'a' UNION SELECT 1", "fill = 1e999",
        "T_DURING(at, DATE('2026-01-01'))",
        "T_OVERLAPS(at, INTERVAL('..','..'))", "code IN ()", "S_INTERSECTS(geom, BBOX(1,2,3))",
        "A_EQUALS(code, ('a'))", "pg_sleep(9) = 1", '"code" = 1; --', '"co""de" = 1',
        "fill IN (" + ",".join(["1"] * 101) + ")", " AND ".join(["fill=1"] * 20),
        "(" * 101 + "fill=1" + ")" * 101, "fill = " + "-" * 1001 + "1",
        "code = '" + "a" * 1001 + "'",
        "a" * 4001, "code = '\x00'", "NOT " * 30 + "fill=1",
    ],
)  # fmt: skip
def test_what_lies_outside_the_closed_set_is_refused(text):
    with pytest.raises(Refused):
        sql(text)


@pytest.mark.parametrize(
    "tree",
    [
        None, [], {}, 1, "a", {"op": "="}, {"op": "and", "args": []}, {"op": "DROP", "args": []},
        {"op": "=", "args": [{"property": "code"}, None]},
        {"op": "=", "args": [{"property": "code"}, {"property": "code"}]},
        {"op": "in", "args": [{"property": "code"}, [["a"]]]},
        {"op": "s_intersects", "args": [GEOM, {"type": "Polygon", "coordinates": 1}]},
        {"op": "s_intersects", "args": [GEOM, {"type": "Point", "coordinates": ["1", 2]}]},
        {"op": "t_after", "args": [{"property": "at"}, {"timestamp": "2026-11-02"}]},
        {"op": "t_during", "args": [{"property": "at"}, {"interval": ["x", ".."]}]},
        {"op": "isNull", "args": [{"property": ["code"]}]},
    ],
)  # fmt: skip
def test_odd_json_is_refused(tree):
    with pytest.raises(Refused):
        sql(json.dumps(tree), cql2_filter.JSON)


def test_deep_json_is_refused_and_nothing_falls_over():
    for deep in ('{"op":"not","args":[' * 300 + "true" + "]}" * 300, "[" * 3000, '{"a":' * 600):
        with pytest.raises(Refused):
            sql(deep, cql2_filter.JSON)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(_made_filters.trees(KINDS))
def test_no_made_filter_becomes_sql(tree):
    values = Values()
    try:
        found = Compiler(KINDS, values).condition(tree)
    except Refused:
        return
    assert WORD.sub("", found) == "", found


@settings(max_examples=150, deadline=None)
@given(_made_filters.PLAIN, _made_filters.PLAIN)
def test_the_statement_is_the_same_whatever_the_values(one, other):
    def made(value: str) -> tuple[str, dict]:
        values = Values()
        tree = {"op": "and", "args": [
            {"op": "=", "args": [{"property": "code"}, value]},
            {"op": "in", "args": [{"property": "code"}, [value, value]]},
        ]}  # fmt: skip
        return Compiler(KINDS, values).condition(tree), values.held

    (first, held), (second, _) = made(one), made(other)
    assert first == second
    assert held == {"v0": one, "v1": [one, one]}


@pytest.mark.parametrize(
    ("text", "sent", "same"),
    [
        ('"a" = %(v0)s LIMIT %(rows)s', "\"a\" = 'x''; --' LIMIT 3", True),
        ('"a" = %(v0)s', "\"a\" = E'x\\' OR 1=1 --'", True),
        ('"a" = %(v0)s', "\"a\" = 'x' OR 1=1 --'", False),
        ('"a" = ANY(%(v0)s)', "\"a\" = ANY(ARRAY['b','c'])", True),
        ('"a" = %(v0)s', "\"a\" = ''; DROP TABLE x", False),
        ('"a" = %(v0)s', '"a" = b', False),
    ],
)
def test_the_bench_of_filters_sees_text_that_left_its_literal(text, sent, same):
    assert filters.same_statement(text, sent) is same


@pytest.mark.django_db
def test_made_filters_are_sent_as_parameters_alone(server):
    tally = filters.run("facilities", 150)
    assert all(met for _, _, met in filters.goals(tally, 150)), tally
    assert tally.outcomes["answered (200)"] > 10


def naughty_strings() -> list[str]:
    """The list beside the repository, and a few of our own where it is not there."""
    own = [
        "'",
        '"',
        "';--",
        "' OR '1'='1",
        "%",
        "%s",
        "%(v0)s",
        "{}",
        "{view}",
        "\\",
        "\\'",
        "\ud800",
    ]
    path = NAUGHTY / "blns.json"
    return own + (json.loads(path.read_text(encoding="utf-8")) if path.exists() else [])


@pytest.mark.django_db
def test_naughty_strings_are_answered_or_refused_and_never_break_the_server(server):
    for text in naughty_strings():
        safe = text.encode("utf-8", "surrogatepass")
        literal = safe.replace(b"'", b"''")
        for query in (
            b"filter=" + quote(safe).encode(),
            b"filter=" + quote(b"code = '" + literal + b"'").encode(),
            b"filter=" + quote(b'"' + safe + b"\" = 'a'").encode(),
            b"code=" + quote(safe).encode(),
            b"bbox=" + quote(safe).encode(),
            b"datetime=" + quote(safe).encode(),
            b"properties=" + quote(safe).encode(),
        ):
            status = server.get(f"{WIFI}?{query.decode()}").status
            assert status in {200, 400}, (status, query)


@pytest.mark.django_db
def test_filters_choose_the_rows_they_name(server):
    tame = committed(lambda: toy.make(Facility, name="Pasar O'Brien %s {x} \\"))
    filters = {
        "name = 'Pasar O''Brien %s {x} \\'": {tame.pk},
        "name LIKE 'Pasar O''Br%'": {tame.pk},
        "name LIKE 'pasar%'": set(),
        f"code IN ('{tame.code}', 'x')": {tame.pk},
        f"code = '{tame.code}' AND NOT name IS NULL": {tame.pk},
        f"code = '{tame.code}' AND name IS NULL": set(),
        f"S_INTERSECTS(geometry, BBOX({tame.geom.x - 1e-6},{tame.geom.y - 1e-6},"
        f"{tame.geom.x + 1e-6},{tame.geom.y + 1e-6})) AND code = '{tame.code}'": {tame.pk},
        f"S_INTERSECTS(geometry, POINT({tame.geom.x + 1} {tame.geom.y}))": set(),
    }
    for text, wanted in filters.items():
        answer = server.get(f"{FACILITIES}?{urlencode({'filter': text})}")
        assert answer.status == 200, (text, answer.body)
        assert {one["id"] for one in json.loads(answer.body)["features"]} == wanted, text


@pytest.mark.django_db
def test_a_shape_that_crosses_itself_is_refused_or_answered(server):
    lon, lat = city().centre
    corners = ((-1, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
    bow = f"POLYGON(({', '.join(f'{lon + east} {lat + north}' for east, north in corners)}))"
    open_ring = "POLYGON((1 1, 2 2, 3 1))"
    for shape in (bow, open_ring, "POLYGON((1 1, 1 1, 1 1))", "LINESTRING(1 1)"):
        query = urlencode({"filter": f"S_INTERSECTS(geometry, {shape})"})
        assert server.get(f"{WIFI}?{query}").status in {200, 400}, shape


@pytest.mark.django_db
def test_a_hidden_column_is_as_unknown_as_one_that_never_was(server):
    hidden = {field.name for field in WifiHotspot._meta.concrete_fields}
    public = set(
        server.app.catalogue.faces["wifi-hotspots", "public"].spec["collection"]["columns"]
    )
    told = {
        server.get(f"{WIFI}?{urlencode({'filter': f'{name} IS NULL'})}").body
        for name in (hidden - public - {"geom"}) | {"no_such_column"}
    }
    assert len(told) == 1
