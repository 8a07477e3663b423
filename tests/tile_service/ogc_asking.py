"""Asking the OGC API in tests, and the list of requirements that are tested."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

HELD: dict[str, Callable[[Any], None]] = {}
WIFI = "/ogc/collections/wifi-hotspots"
REPORTS = "/ogc/collections/reports"
QUAD = "WebMercatorQuad"


def holds(*identifiers: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Note what a function tests."""

    def noted(test: Callable[[Any], None]) -> Callable[[Any], None]:
        for identifier in identifiers:
            assert identifier not in HELD, identifier
            HELD[identifier] = test
        return test

    return noted


def read(server: Any, path: str, expected: int = 200, /, **query: str) -> Any:
    """JSON of an answer; hyphens in parameter names are written as underscores."""
    named = {name.replace("_", "-"): text for name, text in query.items()}
    answer = server.get(path + (f"?{urlencode(named)}" if named else ""))
    assert answer.status == expected, (path, query, answer.status, answer.body[:300])
    return json.loads(answer.body)


def rels(document: Any) -> dict[str, dict]:
    """Links by relation and media type."""
    return {f"{one['rel']} {one.get('type', '')}": one for one in document["links"]}


def local(href: str) -> str:
    """Address without scheme and host."""
    return href.removeprefix("http://localhost")


def opens(server: Any, one: dict) -> None:
    """A link leads to what it says."""
    answer = server.get(local(one["href"]), accept=one["type"])
    assert answer.status == 200, one
    assert answer.headers["content-type"].split(";")[0] == one["type"].split(";")[0], one


def keys(page: Any) -> list[int]:
    """Keys of a page."""
    return [feature["id"] for feature in page["features"]]


def around(lon: float, lat: float, reach: float = 1e-6) -> str:
    """Numbers of a small box: answers hold seven decimals, rows hold more."""
    return f"{lon - reach},{lat - reach},{lon + reach},{lat + reach}"


def place_of_first(server: Any) -> tuple[int, float, float]:
    """Key, longitude and latitude of the first hotspot."""
    one = read(server, f"{WIFI}/items", limit="1")["features"][0]
    return one["id"], *one["geometry"]["coordinates"]


def inside_an_island(server: Any) -> tuple[int, float, float]:
    """Key of an island, and a place inside it."""
    one = read(server, "/ogc/collections/islands/items", limit="1")["features"][0]
    ring = one["geometry"]["coordinates"][0][0]
    lon, lat = (sum(part) / (len(ring) - 1) for part in zip(*ring[:-1], strict=True))
    return one["id"], lon, lat


def chosen(server: Any, text: str, path: str = WIFI, **more: str) -> list[int]:
    """Keys of the rows that a filter lets through."""
    return keys(read(server, f"{path}/items", filter=text, **more))
