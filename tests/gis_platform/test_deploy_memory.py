"""The units of deploy/ and PostgreSQL's own settings fit a server of 4 GB, all at once."""

from __future__ import annotations

import re
from pathlib import Path

from gis_platform import settings
from layers.access import Face
from tile_service import asgi
from tile_service.serve.config import Config

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = {path.name: path.read_text("utf-8") for path in sorted((DEPLOY / "systemd").iterdir())}
README = (DEPLOY / "README.md").read_text("utf-8")
POSTGRES = dict(
    re.findall(r"(?m)^(\w+) = (\w+)", (DEPLOY / "postgresql" / "primary.conf").read_text("utf-8"))
)
SERVER_MB = 4096
FOR_THE_REST_MB = 400  # kernel, nginx, log, a shell
BACKEND_MB = 12  # what a connection's process holds beside the shared buffers and its work_mem
OTHERS = 12  # connections of worker, nightly, health, backup, two shells; three for a superuser
ONCE_A_PAGE = 1  # what listens to changes


def mb(text: str) -> int:
    """'1300M', '64MB' or '1GB' in megabytes."""
    number, unit = re.fullmatch(r"(\d+)(M|G)B?", text).groups()
    return int(number) * (1024 if unit == "G" else 1)


def most(unit: str) -> int:
    """MemoryMax of a unit; a unit without one fails the test."""
    (found,) = re.findall(r"(?m)^MemoryMax=(\w+)$", UNITS[unit])
    return mb(found)


def shares() -> dict[str, int]:
    """What may be used at the same moment: a slice stands for all units in it."""
    counted = {}
    for name in UNITS:
        if name.endswith(".service"):
            inside = re.findall(r"(?m)^Slice=(\S+)$", UNITS[name])
            counted[inside[0] if inside else name] = most(inside[0] if inside else name)
    return counted


def postgres_mb() -> int:
    """The shared buffers, one maintenance work, the vacuums, and every connection there may be."""
    return (
        mb(POSTGRES["shared_buffers"])
        + mb(POSTGRES["maintenance_work_mem"])
        + int(POSTGRES["autovacuum_max_workers"]) * mb(POSTGRES["autovacuum_work_mem"])
        + int(POSTGRES["max_connections"]) * (BACKEND_MB + mb(POSTGRES["work_mem"]))
    )


def workers() -> int:
    """Server processes of the settings that the text gives."""
    return int(re.search(r"(?m)^\s*WORKERS=(\d+)$", README)[1])


def test_all_units_and_the_database_fit_a_server_of_4_gb():
    assert set(shares()) == {"gis-server.service", "gis-work.slice"}
    used = sum(shares().values()) + postgres_mb()
    assert used + FOR_THE_REST_MB <= SERVER_MB, (shares(), postgres_mb())


def test_no_unit_may_take_more_than_its_slice_has_and_its_end_ends_no_neighbour():
    for name, text in UNITS.items():
        if name.endswith(".service") and "Slice=gis-work.slice" in text:
            assert most(name) <= most("gis-work.slice"), name
    for name in ("gis-server.service", "gis-worker.service", "gis-nightly.service"):
        assert "\nOOMPolicy=continue\n" in UNITS[name], f"{name}: a child that grew ends alone"


def test_the_text_adds_up_as_the_files_do():
    told = dict(re.findall(r"(?m)^\| ([\w.-]+) \| (\d+) MB \|", README))
    expected = {**shares(), "PostgreSQL": postgres_mb(), "rest": 0}
    expected["rest"] = SERVER_MB - sum(expected.values())
    assert told == {name: str(value) for name, value in expected.items()}


def test_the_processes_of_the_text_find_connections_and_room():
    threads = asgi.PAGES.threads._max_workers
    one = threads + Config.__dataclass_fields__["threads"].default * len(Face) + ONCE_A_PAGE
    assert workers() * one + OTHERS <= int(POSTGRES["max_connections"])
    process_mb = int(re.search(r"(\d+) MB a process", README)[1])
    children_mb = int(re.search(r"(\d+) MB its drawing", README)[1])
    assert workers() * (process_mb + children_mb) <= most("gis-server.service")
    assert process_mb > settings.TILE_MEMORY_MB, "kept tiles are part of a process"


def test_the_largest_question_fits_the_workers_unit():
    """Its own limit ends it in words; the unit's would end the process."""
    study_mb = int(re.search(r"(?m)^\s*STUDY_MOST_MB=(\d+)$", README)[1])
    idle_mb = int(re.search(r"the idle worker (\d+)", README)[1])
    assert idle_mb + study_mb <= most("gis-worker.service")
