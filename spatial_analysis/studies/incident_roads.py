"""Roads by which reports come to be counted: the database, files of parts, a process's memory.

Whatever the road, the same is counted: a plan is given to each lot of rows, and what came of it
is kept until the run ends well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet

from layers.catalog.reports.models import Report
from layers.geography import city
from spatial_analysis import means
from spatial_analysis.partitions import BadParts, Part, checked_manifest, chosen, read_part
from spatial_analysis.place_tally import PlacePlan
from spatial_analysis.studies.incident_frames import Held, Islands, held_now
from spatial_analysis.studies.incident_question import Question
from spatial_analysis.studies.kept_tallies import kept_store
from spatial_analysis.studies.stored_rows import (
    asked_reports,
    judged_reports,
    lots_of,
    places_of,
    rows_of,
)
from spatial_analysis.tally import Counted, Plan
from spatial_analysis.tally_store import Store


@dataclass(frozen=True, slots=True)
class Lots:
    """What was counted: a store, its names, the rows behind it; how many lots were there before."""

    store: Store
    names: list[str]
    rows: int
    resumed: int


class Road(Protocol):
    """One way to all reports of a question."""

    def counted(self, plan: Plan | PlacePlan, say: means.Say) -> AbstractContextManager[Lots]:
        """Count; what was counted is thrown away when the block ends well."""
        ...

    @property
    def source(self) -> dict[str, Any]:
        """What a run remembers of the road."""
        ...


@contextmanager
def road_of(question: Question, islands: Islands) -> Iterator[Road]:
    """The road that `means.current()` asks for. Raises NotInside."""
    how, held = means.current(), held_now()
    if how.spread:
        means.checked_address(how.spread)
    if how.parts:
        with ExitStack() as stack:
            yield FromParts(how.parts, how.spread, stack)
    elif held is not None and held.covers(question.before[0]) and not question.category:
        yield FromMemory(held, question)
    else:
        yield FromDatabase(question, islands)


@dataclass(frozen=True, slots=True)
class FromMemory:
    """Rows that the process holds already."""

    held: Held
    question: Question

    @contextmanager
    def counted(self, plan: Plan | PlacePlan, say: means.Say) -> Iterator[Lots]:
        """Count the lots that changed since this plan was counted last."""
        first, end = self.question.before[0], self.question.end
        store, names, rows = self.held.counted(plan, first, end)
        say(rows, rows)
        yield Lots(store, names, rows, 0)

    @property
    def source(self) -> dict[str, Any]:
        """Rows of the database, whoever holds them."""
        return {"source": "database"}


@dataclass(frozen=True, slots=True)
class FromDatabase:
    """Lots of numbers; places are added up by the database itself."""

    question: Question
    islands: Islands

    @contextmanager
    def counted(self, plan: Plan | PlacePlan, say: means.Say) -> Iterator[Lots]:
        """Count lot after lot, less those that were counted before and did not change since."""
        reports = self._reports(plan)
        lots, database = lots_of(reports), connection.settings_dict["NAME"]
        with kept_store(f"database-{database}-{plan.digest[:24]}") as store:
            missing = [lot for lot in lots if not store.has(lot.name)]
            total = sum(lot.rows for lot in lots)
            done = total - sum(lot.rows for lot in missing)
            for lot in missing:
                say(done, total)
                store.put(lot.name, self._lot(plan, reports.filter(lot.inside), lot.rows))
                done += lot.rows
            say(done, total)
            yield Lots(store, [lot.name for lot in lots], total, len(lots) - len(missing))

    def _reports(self, plan: Plan | PlacePlan) -> QuerySet[Report]:
        if isinstance(plan, PlacePlan):
            return judged_reports(self.question, plan.judged)
        return asked_reports(self.question, {*plan.asked, *plan.compared})

    def _lot(self, plan: Plan | PlacePlan, reports: QuerySet[Report], rows: int) -> Counted:
        if isinstance(plan, PlacePlan):
            return places_of(reports, plan, rows)
        return plan.count(rows_of(reports, self.islands))

    @property
    def source(self) -> dict[str, Any]:
        """Rows of the database."""
        return {"source": "database"}


class FromParts:
    """Files of a folder, read here or by workers; the workers stay for a second count."""

    def __init__(self, folder: Path, spread: str, stack: ExitStack) -> None:
        """Check the folder. Raises BadParts. Workers end with `stack`."""
        self.folder, self.spread, self.stack = folder, spread, stack
        self.manifest = checked_manifest(folder, city=city().code, epsg=city().metric_srid)
        self.client: Any = None  # a client of dask, which is imported only when asked
        self.read = 0

    @contextmanager
    def counted(self, plan: Plan | PlacePlan, say: means.Say) -> Iterator[Lots]:
        """Count part after part, less those that were counted before. Raises BadParts."""
        parts = chosen(self.manifest.parts, plan.codes, *plan.span)
        self.read = len(parts)
        with kept_store(plan.digest[:24]) as store:
            missing = [part for part in parts if not store.has(part.name)]
            total = sum(part.rows for part in parts)
            done = total - sum(part.rows for part in missing)
            say(done, total)
            for part, counted in self._each(plan, missing):
                store.put(part.name, counted)
                done += part.rows
                say(done, total)
            yield Lots(store, [part.name for part in parts], total, len(parts) - len(missing))

    def _each(self, plan: Plan | PlacePlan, parts: list[Part]) -> Iterator[tuple[Part, Counted]]:
        """Each part with what was counted, in any order."""
        srid = city().metric_srid
        if not (self.spread and parts):
            for part in parts:
                yield part, plan.count(read_part(self.folder, part, plan.codes, srid))
            return
        from spatial_analysis import spread  # dask: only when asked

        if self.client is None:
            self.client = self.stack.enter_context(spread.crew(self.spread))
        yield from spread.counted_by(self.client, plan, self.folder, parts, srid)

    @property
    def source(self) -> dict[str, Any]:
        """How many parts were counted last."""
        return {"source": "parts", "parts": self.read}


def checked_whole(read: int, lots: Lots) -> None:
    """Raise BadParts when not every row was counted."""
    if read != lots.rows:
        raise BadParts(f"{read} rows counted, {lots.rows} in the parts")
