"""The city that every journey starts from: a database and a var folder, loaded and analysed once.

`python -m tests.journeys.template` makes it beside other tests; the journeys make it themselves
where it is not there, or when a source has changed since.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg2

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_platform.settings")

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(settings.VAR_DIR) / "journeys"  # read here: tests are given folders of their own
SOURCES = ("fixtures", "layers", "spatial_analysis", "tile_service", "gis_platform/management")
TEMPLATE = settings.DATABASES["default"]["NAME"].removeprefix("test_") + "_journeys"


def address(database: str) -> str:
    """DATABASE_URL of another database beside the tests' own."""
    default = settings.DATABASES["default"]
    parts = {"host": default["HOST"], "port": default["PORT"], "user": default["USER"]}
    query = "&".join(f"{key}={value}" for key, value in parts.items() if value)
    secret = f"{default['USER']}:{default['PASSWORD']}@" if default["PASSWORD"] else ""
    return f"postgres://{secret}/{database}?{query}"


def sql(statement: str, database: str = "postgres") -> list[tuple]:
    """Run a statement in a database; its rows."""
    default = settings.DATABASES["default"]
    connection = psycopg2.connect(
        dbname=database, host=default["HOST"] or None, port=default["PORT"] or None,
        user=default["USER"] or None, password=default["PASSWORD"] or None,
    )  # fmt: skip
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def environment(database: str, var: Path) -> dict[str, str]:
    """What a process of the product is started with, on this database and folder."""
    keep = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_ALLOW")}
    return keep | {"DATABASE_URL": address(database), "VAR_DIR": str(var), "LOG_LEVEL": "WARNING"}


def manage(database: str, var: Path, *words: str) -> None:
    """Run a management command on a database and folder."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment(database, var),
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{words}: {done.stdout[-2000:]}{done.stderr[-4000:]}"


def made() -> tuple[str, Path]:
    """Database and var folder of the template; made when it is not there or out of date."""
    var = VAR / "template"
    var.parent.mkdir(parents=True, exist_ok=True)
    with (var.parent / "lock").open("w") as lock:  # several processes may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(var)
    return TEMPLATE, var


def _make(var: Path) -> None:
    stamp, digest = var / "digest", _sources_digest()
    there = sql(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'")
    if not there or not stamp.exists() or stamp.read_text() != digest:
        sql(f'DROP DATABASE IF EXISTS "{TEMPLATE}" WITH (FORCE)')
        shutil.rmtree(var, ignore_errors=True)
        var.mkdir(parents=True)
        sql(f'CREATE DATABASE "{TEMPLATE}"')
        manage(TEMPLATE, var, "setup_city")
        stamp.write_text(digest)
    scripts = var / "scripts"
    if not scripts.exists() or scripts.read_text() != _newest_script():
        manage(TEMPLATE, var, "collectstatic", "--noinput", "-v0")
        scripts.write_text(_newest_script())


def _sources_digest() -> str:
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and "static" not in path.parts:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _newest_script() -> str:
    """When the newest file that browsers load was written."""
    folders = [ROOT / "gis_platform" / "static", ROOT / "layers" / "static"]
    return str(max(path.stat().st_mtime for folder in folders for path in folder.rglob("*")))


if __name__ == "__main__":
    made()
