"""`manage.py analyse` over many reports: from PostGIS, parts, stopped, spread; one digest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from django.conf import settings

from benchmarks import _scratch
from benchmarks._analysed_city import load, made_city
from benchmarks._watched import Seen, manage

DEFAULT_ROWS = 1_000_000
LEAST = 1_000_000
OTHERS = ("incident_changes", "incident_clusters", "incident_alarms", "emerging_incidents",
          "street_heat", "water_leaks")  # fmt: skip
LAST_DAY = date.fromisoformat(_scratch.LAST[:10])
PERIOD = ("--from", (LAST_DAY - timedelta(seconds=_scratch.YEARS_S)).isoformat(),
          "--to", (LAST_DAY + timedelta(days=1)).isoformat())  # fmt: skip
MOST_MB = 700.0


class Bench:
    """One scratch city of `rows` reports, and what was seen of each command."""

    def __init__(self, rows: int, home: Path) -> None:
        """Commands keep their files in `home` and read the current database."""
        self.rows, self.home, self.parts = rows, home, home / "parts"
        self.environment = {"DATABASE_URL": _scratch.address(), "VAR_DIR": str(home / "var"),
                            "SECRET_KEY": str(settings.SECRET_KEY)}  # fmt: skip
        self.digests: dict[str, str] = {}
        self.mb: dict[str, float] = {}
        self.lost = 0

    def run(
        self,
        what: str,
        *words: str,
        kill_when: Callable[[], bool] | None = None,
        worker_only: bool = False,
    ) -> Seen:
        """Run a command, print its line, keep its digest and memory."""
        seen = manage(*words, environment=self.environment, kill_when=kill_when,
                      worker_only=worker_only)  # fmt: skip
        self.lost += bool(seen.lost)
        said = "killed (-9)" if seen.code < 0 else f"exit {seen.code}: {seen.err.strip()[-90:]}"
        if seen.code == 0:
            said = self._told(what, seen)
        workers = f", workers {seen.mb_children:.0f}" if seen.mb_children else ""
        self.mb[what] = max(seen.mb, seen.mb_children)
        print(f"{what:<44} {self.rows:>11,} {seen.seconds:>8.1f} s {seen.mb:>6.0f} MB{workers:<13} "
              f"{said}", flush=True)  # fmt: skip
        return seen

    def _told(self, what: str, seen: Seen) -> str:
        try:
            run: dict[str, Any] = json.loads(seen.out)
        except ValueError:
            return seen.out.strip().rpartition(": ")[2]
        self.digests[what] = run["digest"]
        resumed = run["inputs"].get("resumed", 0)
        return f"n {run['summary']['n']:,}, digest {run['digest'][:12]}" + (
            f", {resumed} lots kept from before" if resumed else "")  # fmt: skip

    def heat(self, what: str, *words: str, kill_after: int = 0, worker_only: bool = False) -> Seen:
        """The heat study of the whole period; killed once so many tallies are kept."""
        kept = self.home / "var" / "tallies"
        stop = (lambda: len(list(kept.glob("*/*.tally"))) >= kill_after) if kill_after else None
        return self.run(what, "analyse", "incident_heat", *PERIOD, "--json", *words,
                        kill_when=stop, worker_only=worker_only)  # fmt: skip

    def all(self) -> None:
        """Every way to the same answer, then the other studies of the last 90 days."""
        self.heat("heat from PostGIS")
        self.run("parts from PostGIS", "report_parts", str(self.parts))
        given = ("--parts", str(self.parts))
        self.heat("heat from parts", *given)
        self.heat("heat from parts, 2 workers of Dask", *given, "--spread", "2")
        self.heat("heat from parts, 2 workers, one killed", *given, "--spread", "2",
                  kill_after=20, worker_only=True)  # fmt: skip
        self.heat("heat from parts, killed", *given, kill_after=20)
        self.heat("heat from parts, again", *given)
        self.heat("heat from PostGIS, killed", kill_after=3 if self.rows >= LEAST else 1)
        self.heat("heat from PostGIS, again")
        for name in OTHERS:
            self.run(f"{name}, 90 days", "analyse", name, "--json")

    def goals(self) -> None:
        """Print the goals."""
        heats = {what: digest for what, digest in self.digests.items() if what.startswith("heat")}
        most = max(mb for what, mb in self.mb.items() if what.startswith(("heat", "parts")))
        same = len(heats) == 6 and len(set(heats.values())) == 1 and self.lost == 1
        print(f"\n{'goal':<58} {'ours':<34} met")
        print(f"{'PostGIS, parts, stopped and resumed, a worker lost: one':<58} "
              f"{f'{len(set(heats.values()))} digest of {len(heats)} answers':<34} "
              f"{'yes' if same else 'NO'}")  # fmt: skip
        print(
            f"{f'heat and parts of {self.rows:,} reports: memory <= {MOST_MB:.0f} MB':<58} "
            f"{f'{most:.0f} MB':<34} {'yes' if most <= MOST_MB else 'NO'}\n",
            flush=True,
        )


def main(rows: int | None = None, first: int | None = None) -> None:
    """Load made reports beside the city and run every way of `analyse` on them."""
    most = rows or DEFAULT_ROWS
    sizes = [10**k for k in range(4, 9) if (first or LEAST) <= 10**k < most] + [most]
    for size in sizes:
        with made_city(), TemporaryDirectory() as name:
            began = perf_counter()
            load(1, size)
            print(f"{size:,} reports loaded in {perf_counter() - began:.0f} s "
                  f"(load average {os.getloadavg()[0]:.1f})")  # fmt: skip
            print(f"{'what':<44} {'reports':>11} {'wall':>10} {'peak':>9}")
            bench = Bench(size, Path(name))
            bench.all()
            bench.goals()
