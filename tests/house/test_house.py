"""Rules of the house that a reader relies on, held by tests."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from gis_platform import settings as settings_module
from gis_platform.http_errors import STATUS
from gis_platform.management.commands import bench
from layers.describe import markdown
from layers.errors import PlatformError

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gis_platform", "layers", "spatial_analysis", "tile_service")
CODE = (*PACKAGES, "tests", "benchmarks", "fixtures")
SOURCES = {".py", ".mjs", ".js", ".css", ".html", ".sql"}
DRAWERS_WITHOUT_A_NAME = {"utils", "helpers", "common", "misc", "util"}


def files(*folders: str, suffixes: set[str]) -> list[Path]:
    """Source files of these folders, migrations left out."""
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in suffixes
        and "migrations" not in path.parts
        and "__pycache__" not in path.parts
    ]


def test_no_module_is_longer_than_400_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in files(*CODE, suffixes=SOURCES)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_drawer_is_called_utils_or_helpers():
    found = [path for path in files(*CODE, suffixes={".py"}) if path.stem in DRAWERS_WITHOUT_A_NAME]
    assert found == []


def test_every_module_says_in_one_line_what_it_holds():
    silent = [
        str(path.relative_to(ROOT))
        for path in files(*PACKAGES, suffixes={".py"})
        if path.stat().st_size and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []


def every_error(kind: type[PlatformError] = PlatformError) -> list[type[PlatformError]]:
    """`kind` and all its descendants."""
    return [kind, *(found for child in kind.__subclasses__() for found in every_error(child))]


def test_every_error_has_an_answer_a_code_and_a_sentence():
    for kind in every_error():
        assert any(parent in STATUS for parent in kind.__mro__), kind
        assert kind.__doc__ and kind.__doc__.strip().endswith((".", "?")), kind
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", kind.code), kind


def test_every_setting_is_described_in_the_example_file():
    read = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "gis_platform/settings.py").read_text())
    described = (ROOT / ".env.example").read_text()
    assert [name for name in read if f"{name}=" not in described] == []


CITY_WORDS = re.compile(
    r"\b(ternate|82\.71|32652|jayapura|WIT|hiri|moti|tifure|mayau)\b", re.IGNORECASE
)
FOLDER_DEFAULT = '"fixtures" / "geodata" / "ternate"'


def test_the_code_knows_no_city():
    told = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files(*PACKAGES, suffixes=SOURCES)
        for line in path.read_text(encoding="utf-8").splitlines()
        if CITY_WORDS.search(line) and FOLDER_DEFAULT not in line
    ]
    assert told == []


def test_no_page_or_script_names_an_address_off_the_box():
    allowed = re.compile(
        r"https?://(localhost|127\.0\.0\.1|www\.w3\.org|www\.topografix\.com|www\.opengis\.net|schemas\.|json-schema\.org)"
    )
    found = [
        f"{path.relative_to(ROOT)}: {address}"
        for path in files("gis_platform", suffixes={".html", ".mjs", ".js", ".css"})
        for address in re.findall(r"https?://[^\s\"'<>)]+", path.read_text(encoding="utf-8"))
        if not allowed.match(address)
    ]
    assert found == []


@pytest.mark.slow
def test_the_import_contracts_hold():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_layers_md_says_what_the_registry_says():
    written = (ROOT / "LAYERS.md").read_text(encoding="utf-8")
    assert written == markdown(), "type: ./run manage describe_layers"


def test_lock_files_pin_by_hash_and_hold_no_download_address():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(r"^[a-z0-9_.\[\]-]+==[^ \n]+", text, re.MULTILINE | re.IGNORECASE)
        assert pins and text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
    assert "resolved" not in (ROOT / "package-lock.json").read_text()


IMPORT_NAMES = {
    "a2wsgi": "a2wsgi", "argon2-cffi": "Argon2PasswordHasher", "arro3-core": "arro3.core",
    "arro3-io": "arro3.io", "django-axes": "axes", "fpdf2": "fpdf",
    "django-csp": "csp", "django-otp": "django_otp", "django-tasks": "django_tasks",
    "django-tasks-db": "django_tasks_db", "pillow": "PIL", "psycopg2-binary": "psycopg2",
    "rio-tiler": "rio_tiler", "granian": "granian",
}  # fmt: skip


def test_no_dependency_is_left_that_nobody_uses():
    listed = re.findall(r"^([A-Za-z0-9_-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    sources = files(*PACKAGES, "fixtures", suffixes={".py"}) + sorted((ROOT / "setup").glob("*.sh"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unused = [name for name in listed if IMPORT_NAMES.get(name.lower(), name.lower()) not in text]
    assert unused == []


def test_every_bench_can_be_run_and_is_named_in_their_readme():
    told = (ROOT / "benchmarks" / "README.md").read_text()
    for name in bench.tables():
        assert callable(import_module(f"benchmarks.{name}").main), name
        assert f"`{name}`" in told, name


IMPORT_ALL = """
import os, pkgutil, importlib, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "gis_platform.settings"
import django
django.setup()
from spatial_analysis import study
study.names()  # every study: rasterio writes down where the machine's certificates lie
before = dict(os.environ)
for name in sys.argv[1:]:
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        if not any(word in module.name for word in ("migrations", "wsgi", "asgi", "__main__")):
            importlib.import_module(module.name)
print(sorted(name for name in os.environ if os.environ[name] != before.get(name)))
"""


def test_importing_a_module_changes_no_setting_of_the_process():
    """A wheel that points PROJ_LIB at its own files would blind every child started later."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *PACKAGES], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr[-2000:]


def test_a_test_writes_into_folders_of_its_process_and_not_of_the_loaded_city(settings):
    home = settings_module.VAR_DIR
    named = [name for name, value in vars(settings_module).items() if isinstance(value, Path)]
    inside = {name for name in named if getattr(settings, name).is_relative_to(home)}
    assert inside <= {"STATIC_ROOT"}
    assert {"VAR_DIR", "RASTER_DIR", "MEDIA_ROOT", "UPLOAD_DIR"} <= set(named)
