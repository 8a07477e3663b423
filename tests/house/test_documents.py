"""What the documents name is there: links, files, commands, benches, addresses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from gis_platform.management.commands import bench

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("*/README.md")),
    ROOT / "fixtures/geodata/README.md",
]  # fmt: skip
OURS = (
    "gis_platform", "layers", "spatial_analysis", "tile_service", "tests", "benchmarks", "deploy",
    "fixtures", "notebooks", "setup",
)  # fmt: skip
FILE = re.compile(r"[\w.*<>-]+(/[\w.*<>-]+)+/?|[\w-]+\.(py|sh|md|toml|sql|mjs|css|html|conf|ipynb)")
RAW = ("/t", "/r", "/ogc", "/events", "/healthz", "/static", "/pmtiles", "/etc")  # not Django's
MADE_LATER = "VAR_DIR/"
each_document = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def quoted(path: Path) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", path.read_text(encoding="utf-8"))


@each_document
def test_every_link_leads_to_a_file(path):
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [one for one in links if "://" not in one and not (path.parent / one).exists()] == []


@each_document
def test_every_file_named_is_there(path):
    def there(name: str) -> bool:
        pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
        places = [path.parent, ROOT, *(ROOT / package for package in OURS)]
        return any(
            any(place.glob(glob))
            for place in places
            for glob in ((pattern,) if place == ROOT else (pattern, f"**/{pattern}"))
        )

    named = {name for name in quoted(path) if FILE.fullmatch(name)}
    assert sorted(n for n in named if not n.startswith(MADE_LATER) and not there(n)) == []


@each_document
def test_every_command_and_bench_named_can_be_called(path):
    text = path.read_text(encoding="utf-8")
    offered = set(re.findall(r"^  ([a-z]+)[ )|]", (ROOT / "run").read_text(), re.MULTILINE))
    assert set(re.findall(r"\./run ([a-z]+)", text)) <= offered
    assert set(re.findall(r"\./run bench ([a-z_]+)", text)) <= set(bench.tables())
    commands = re.findall(r"(?:manage\.py|manage\.sh|run manage) ([a-z_0-9]+)", text)
    assert set(commands) <= set(get_commands())


@each_document
def test_every_address_named_is_served(path):
    def served(address: str) -> bool:
        for ending in ("", "/"):
            try:
                resolve(re.sub(r"<[^>]+>", "1", address) + ending)
            except Resolver404:
                continue
            return True
        return False

    named = {re.sub(r"^(GET|POST) ", "", text) for text in quoted(path)}
    ours = {n for n in named if re.fullmatch(r"/[\w/<>.-]*", n) and not n.startswith(RAW)}
    assert sorted(address for address in ours if not served(address)) == []
