"""A made year of reports: plain rows from a seed, with rhythm, seasons, clusters and doubles.

Nothing here is real. The same folder, seed and last moment give the same rows; a row's id does
not depend on the last moment, so a second load finds what the first one wrote.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from layers.city_folder.report_places import ReportPlaces
from layers.city_folder.report_states import target_state

DAYS = 365
HOURS: dict[str, tuple[float, ...]] = {
    "day": (1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 9, 8, 7, 7, 8, 9, 10, 10, 9, 7, 5, 4, 3, 2),
    "rush": (1, 1, 1, 1, 1, 3, 9, 16, 13, 6, 5, 6, 9, 7, 6, 7, 12, 16, 12, 7, 5, 4, 2, 1),
    "night": (9, 8, 7, 5, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 5, 7, 9, 11, 12, 12, 11),
    "office": (0, 0, 0, 0, 0, 0, 0, 4, 14, 18, 18, 15, 8, 10, 9, 4, 0, 0, 0, 0, 0, 0, 0, 0),
}


@dataclass(frozen=True, slots=True)
class MadeReport:
    """One made report; times aware (UTC), degrees, `target_state` such as "selesai:diperbaiki".

    `cluster` names the planted group it belongs to; `kind` is plain, hoax, duplicate or
    default_place; `copy_of` is the report that a duplicate repeats.
    """

    client_id: UUID
    category: str
    lon: float
    lat: float
    words: str
    observed_at: datetime
    received_at: datetime
    target_state: str
    reporter_key: str
    photo_seed: int | None
    cluster: str = ""
    kind: str = "plain"
    copy_of: UUID | None = None


def make_year(folder: Path, *, until: datetime, seed: int | None = None) -> list[MadeReport]:
    """A year of reports for the city in `folder`, the last day ending at `until` (aware).

    Rows are in the order of received_at. An empty list when the city has no report_year.toml.
    """
    plan_file = folder / "report_year.toml"
    if not plan_file.exists():
        return []
    plan = tomllib.loads(plan_file.read_text(encoding="utf-8"))
    city = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
    year = _Year(
        plan=plan,
        places=ReportPlaces(folder, city["metric_srid"]),
        until=until.astimezone(ZoneInfo(city["time_zone"])),
        seed=plan["seed"] if seed is None else seed,
        city_id=city["id"],
    )
    return year.rows()


@dataclass(frozen=True)
class _Year:
    """The plan of one year, and everything drawn from it."""

    plan: dict[str, Any]
    places: ReportPlaces
    until: datetime
    seed: int
    city_id: str

    def rows(self) -> list[MadeReport]:
        """All rows, in order of time."""
        clusters = self.plan.get("clusters", [])
        planted = sum(cluster["count"] for cluster in clusters)
        doubles = round(self.plan["duplicates"]["share"] * self.plan["reports"])
        plain = self.plan["reports"] - planted - doubles
        rows: list[MadeReport] = []
        for number, category in enumerate(self.plan["categories"]):
            rows += self._category(category, number, round(plain * category["share"]))
        for number, cluster in enumerate(clusters):
            rows += self._cluster(cluster, number)
        rows = self._with_odd_ones(rows)
        rows += self._duplicates(rows, doubles)
        return sorted(rows, key=lambda row: (row.received_at, str(row.client_id)))

    def _random(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *purpose])

    def _id(self, *parts: object) -> UUID:
        return uuid5(NAMESPACE_URL, "/".join(map(str, (self.city_id, self.seed, *parts))))

    def _category(self, category: dict[str, Any], number: int, count: int) -> list[MadeReport]:
        rng = self._random(1, number)
        days = self._days(rng, count, category["rain"])
        moments = self._moments(rng, days, category["hours"])
        xy = self.places.draw(rng, category["where"], count, category["spread_m"])
        return self._told(rng, category, xy, moments, f"c{number}")

    def _cluster(self, cluster: dict[str, Any], number: int) -> list[MadeReport]:
        """A planted group: a disc, some days, one category."""
        rng = self._random(2, number)
        category = next(
            row for row in self.plan["categories"] if row["code"] == cluster["category"]
        )
        count = cluster["count"]
        span = cluster["from_days"] - cluster["to_days"]
        days = cluster["to_days"] + np.floor(rng.random(count) * (span + 1)).astype(np.int64)
        moments = self._moments(rng, days, category["hours"])
        centre = self.places.metres(np.array([[cluster["lon"], cluster["lat"]]]))
        radius = cluster["radius_m"] * np.sqrt(rng.random(count))
        angle = rng.uniform(0, 2 * np.pi, count)
        offset = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        xy = self.places.ashore(np.repeat(centre, count, axis=0), offset)
        rows = self._told(rng, category, xy, moments, f"k{number}")
        return [replace(row, cluster=cluster["id"]) for row in rows]

    def _days(self, rng: np.random.Generator, count: int, rain: float) -> NDArray[np.int64]:
        """Days before the last one, by weekday, month and growth; `rain` = how much rain tells."""
        back = np.arange(DAYS)
        dates = [self.until.date() - timedelta(days=int(day)) for day in back]
        weekday = np.array([self.plan["weekday"][date.weekday()] for date in dates])
        month = np.array([self.plan["rain_months"][date.month - 1] for date in dates])
        growth = 1.0 + self.plan["growth"] * (1.0 - back / DAYS)
        weight = weekday * growth * np.maximum(1.0 + rain * (month - 1.0) * 2.0, 0.1)
        return rng.choice(DAYS, size=count, p=weight / weight.sum())

    def _moments(
        self, rng: np.random.Generator, days: NDArray[np.int64], profile: str
    ) -> list[datetime]:
        """Moments in UTC; one that would lie after the end falls into the 23 hours before it."""
        weight = np.array(HOURS[profile], dtype=np.float64)
        hours = rng.choice(24, size=len(days), p=weight / weight.sum())
        seconds = rng.integers(0, 3600, size=len(days))
        midnight = self.until.replace(hour=0, minute=0, second=0, microsecond=0)
        found = []
        for day, hour, second in zip(days, hours, seconds, strict=True):
            moment = midnight - timedelta(days=int(day))
            moment += timedelta(hours=int(hour), seconds=int(second))
            if moment > self.until:
                moment = self.until - timedelta(seconds=int(second) + 3600 * int(hour % 23))
            found.append(moment.astimezone(UTC))
        return found

    def _told(
        self,
        rng: np.random.Generator,
        category: dict[str, Any],
        xy: NDArray[np.float64],
        moments: list[datetime],
        mark: str,
    ) -> list[MadeReport]:
        lonlat = self.places.degrees(xy)
        names = self.places.names_at(xy)
        reporters = np.minimum(rng.zipf(1.6, size=len(xy)) - 1, self.plan["people"] - 1)
        strangers = rng.random(len(xy)) < 0.8
        reporters[strangers] = rng.integers(self.plan["people"], size=int(strangers.sum()))
        rows = []
        for index, (moment, name) in enumerate(zip(moments, names, strict=True)):
            words = str(rng.choice(category["words"]))
            late = timedelta(seconds=float(rng.exponential(420.0)))
            received = self._before_the_end(rng, moment, late)
            photo = int(rng.integers(1, 2**31)) if rng.random() < category["photo"] else None
            rows.append(
                MadeReport(
                    client_id=self._id(mark, index),
                    category=category["code"],
                    lon=float(lonlat[index, 0]),
                    lat=float(lonlat[index, 1]),
                    words=words.format(place=name, n=int(rng.integers(2, 9))),
                    observed_at=moment,
                    received_at=received,
                    target_state=target_state(rng, self._age_days(received)),
                    reporter_key=f"contoh-{int(reporters[index]):05d}",
                    photo_seed=photo,
                )
            )
        return rows

    def _before_the_end(
        self, rng: np.random.Generator, start: datetime, wait: timedelta
    ) -> datetime:
        """`start` + `wait`, or somewhere between `start` and the end when that is sooner."""
        left = self.until.astimezone(UTC) - start
        return start + (wait if wait < left else left * float(rng.random()))

    def _age_days(self, received: datetime) -> float:
        return (self.until - received).total_seconds() / 86400

    def _with_odd_ones(self, rows: list[MadeReport]) -> list[MadeReport]:
        """Some rows become hoaxes; some lose their place to the phones' default one."""
        rng = self._random(3)
        hoax, pile = self.plan["hoax"], self.plan["pile_up"]
        chance = rng.random(len(rows))
        changed = []
        for row, lot in zip(rows, chance, strict=True):
            if row.cluster:
                changed.append(row)
            elif lot < hoax["share"]:
                who = f"iseng-{int(rng.integers(hoax['pranksters'])):02d}"
                old = self._age_days(row.received_at) > 2.0
                state = "selesai:tidak_terbukti" if old else str(rng.choice(["baru", "diragukan"]))
                words = str(rng.choice(hoax["words"]))
                changed.append(replace(row, kind="hoax", words=words, reporter_key=who,
                                       target_state=state, photo_seed=None))  # fmt: skip
            elif lot < hoax["share"] + pile["share"]:
                changed.append(replace(row, kind="default_place", lon=pile["lon"], lat=pile["lat"]))
            else:
                changed.append(row)
        return changed

    def _duplicates(self, rows: list[MadeReport], count: int) -> list[MadeReport]:
        """Others tell the same thing again, a little aside and some hours later."""
        rng = self._random(4)
        plan = self.plan["duplicates"]
        fit = [row for row in rows if row.kind == "plain"]
        chosen = rng.choice(len(fit), size=count, replace=False)
        base = self.places.metres(np.array([[fit[i].lon, fit[i].lat] for i in chosen]))
        offset = rng.normal(0.0, plan["offset_m"] / 2, size=(count, 2))
        lonlat = self.places.degrees(self.places.ashore(base, offset))
        found = []
        for index, i in enumerate(chosen):
            first = fit[int(i)]
            later = timedelta(hours=float(rng.gamma(2.0, 9.0)))
            received = self._before_the_end(rng, first.received_at, later)
            told_after = (received - first.received_at) * float(rng.uniform(0.5, 1.0))
            old = self._age_days(received) > 1.5
            found.append(
                replace(
                    first,
                    client_id=self._id("d", index),
                    lon=float(lonlat[index, 0]),
                    lat=float(lonlat[index, 1]),
                    words=str(rng.choice(plan["words"])).format(words=first.words),
                    observed_at=first.received_at + told_after,
                    received_at=received,
                    target_state="selesai:duplikat" if old else "baru",
                    reporter_key=f"contoh-{int(rng.integers(self.plan['people'])):05d}",
                    photo_seed=None,
                    kind="duplicate",
                    copy_of=first.client_id,
                )
            )
        return found
