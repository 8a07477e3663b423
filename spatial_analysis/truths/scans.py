"""Published scans: brain cancer in New Mexico, fever in New York, lung cancer in Pennsylvania."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spatial_analysis.methods.frame import Floats
from spatial_analysis.methods.scan import (
    Scan,
    ScanRules,
    scan_permutation,
    scan_poisson,
)
from spatial_analysis.truths.finding import Finding, checks

EARTH_M = 6_371_000.0
SIX_DIGITS = 1e-6  # the published figures carry six
REPLICATIONS = 999
YEARS = range(1973, 1992)
CENSUS = (1973, 1982, 1991)
Rows = Sequence[Finding]


def on_earth(lat: Floats, lon: Floats) -> Floats:
    """(n, 3) metres from the earth's middle: distances by chord, in great circle order."""
    phi, lam = np.deg2rad(lat), np.deg2rad(lon)
    across = np.cos(phi)
    return EARTH_M * np.column_stack([across * np.cos(lam), across * np.sin(lam), np.sin(phi)])


def _chord(along_m: float) -> float:
    return 2 * EARTH_M * np.sin(along_m / 2 / EARTH_M)


def _read(path: Path, names: list[str]) -> pd.DataFrame:
    return pd.read_csv(path, sep=r"\s+", header=None, names=names, dtype={names[0]: str})


def _places(path: Path) -> tuple[list[str], Floats]:
    table = _read(path, ["place", "lat", "lon"])
    return list(table["place"]), on_earth(table["lat"].to_numpy(), table["lon"].to_numpy())


def findings(data_set: str, method: str, told: dict[str, Any], names: list[str], scan: Scan,
             *, first_step: str = "") -> Rows:  # fmt: skip
    """Statistic, cases, members and chance of the strongest cluster; statistics of the others."""
    line = partial(Finding, method, data_set)
    best, published = scan.clusters[0], told["clusters"][0]
    rows = [line("statistic", published["llr"], best.statistic, SIX_DIGITS)]
    rows.append(line("cases", published["cases"], best.cases))
    if published["locations"] != ["All"]:
        ours = " ".join(sorted(names[i] for i in best.members))
        rows.append(line("places", " ".join(sorted(published["locations"])), ours))
    if first_step:
        rows.append(line("first step", published["time_frame"].split(" to ")[0], first_step))
    drawn = scan.replications
    spread = max(0.01, 4 * np.sqrt(published["p"] * (1 - published["p"]) / drawn))
    if "default p" not in told["options"]:
        rows.append(line(f"p, {drawn} random maps", published["p"], best.p, spread))
    for rank, other in enumerate(told["clusters"][1:], start=2):
        ours_too = scan.clusters[rank - 1].statistic if rank <= len(scan.clusters) else 0.0
        rows.append(line(f"statistic, cluster {rank}", other["llr"], ours_too, SIX_DIGITS))
    return rows


class NewMexico:
    """Cases by county and year, and those expected by age, sex and interpolated people."""

    def __init__(self, folder: Path) -> None:
        self.names, self.place = _places(folder / "nm.geo")
        number = {name: i for i, name in enumerate(self.names)}
        self.cases = cases = _read(folder / "nm.cas", ["place", "n", "year", "age", "sex"])
        people = _read(folder / "nm.pop", ["place", "year", "n", "age", "sex"])
        self.count = np.zeros((len(number), len(YEARS)))
        stratum: Floats = np.zeros((19, 3))
        for row in cases.itertuples():
            self.count[number[row.place], row.year - YEARS[0]] += row.n
            stratum[row.age, row.sex] += row.n
        census = np.zeros((len(number), len(CENSUS), 19, 3))
        for row in people.itertuples():
            census[number[row.place], CENSUS.index(1900 + row.year), row.age, row.sex] += row.n
        yearly = np.einsum("ky,pkas->pyas", _weights(), census)
        rate = np.divide(stratum, yearly.sum(axis=(0, 1)), out=np.zeros_like(stratum),
                         where=yearly.sum(axis=(0, 1)) > 0)  # fmt: skip
        self.expected = (yearly * rate).sum(axis=(2, 3))


def _weights() -> Floats:
    """(census, years): share of each census in the person-days of each year, at noon."""
    known = np.array([date(year, 7, 1).toordinal() for year in CENSUS])
    shares = np.zeros((len(CENSUS), len(YEARS)))
    for y, year in enumerate(YEARS):
        days = np.arange(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()) + 0.5
        for k in range(len(CENSUS)):
            shares[k, y] = np.interp(days, known, np.eye(len(CENSUS))[k]).sum()
    return shares


@checks("scan_new_mexico_brain")
def new_mexico(folder: Path) -> Rows:
    """Space-time, prospective, spatial, temporal (Poisson), and the permutation scan."""
    told = json.loads((folder / "expected.json").read_text())
    data = NewMexico(folder)
    line = partial(findings, "scan_new_mexico_brain")
    rules = ScanRules(replications=REPLICATIONS, seed=1)
    at, n, e = data.place, data.count, data.expected
    both = scan_poisson(at, n, e, rules=rules)
    alive = scan_poisson(at, n, e, rules=ScanRules(replications=REPLICATIONS, seed=1, alive=True))
    flat = scan_poisson(at, n.sum(axis=1), e.sum(axis=1), rules=rules)
    years = scan_poisson(at[:1], n.sum(axis=0)[None], e.sum(axis=0)[None], rules=rules)
    return [
        *line("scan, Poisson, space-time", told["nm_st_std"], data.names, both,
              first_step=f"{YEARS[both.clusters[0].start]}/1/1"),
        *line("scan, Poisson, alive", told["nm_st_prosp_std"], data.names, alive),
        *line("scan, Poisson, space", told["nm_spatial_std"], data.names, flat),
        *line("scan, Poisson, time", told["nm_temporal"], data.names, years),
        *line("scan, permutation", told["nm_stp"], data.names, _permuted(data)),
    ]  # fmt: skip


def _permuted(data: NewMexico) -> Scan:
    """The scan of the cases alone; age and sex have trends of their own."""
    rows = data.cases.loc[data.cases.index.repeat(data.cases["n"])]
    number = {name: i for i, name in enumerate(data.names)}
    return scan_permutation(
        data.place, rows["place"].map(number), rows["year"] - YEARS[0], len(YEARS),
        stratum=rows["age"] * 10 + rows["sex"], rules=ScanRules(replications=99, seed=1),
    )  # fmt: skip


@checks("scan_nyc_fever")
def new_york(folder: Path) -> Rows:
    """Fever by ZIP area and day: alive and any window of at most 7 days and 3 km."""
    told = json.loads((folder / "expected.json").read_text())
    names, place = _places(folder / "NYCfever.geo")
    cases = _read(folder / "NYCfever.cas", ["place", "n", "day"])
    number = {name: i for i, name in enumerate(names)}
    where = np.repeat([number[name] for name in cases["place"]], cases["n"])
    day = np.repeat(pd.to_datetime(cases["day"]).dt.day.to_numpy() - 1, cases["n"])
    rows: list[Finding] = []
    for key, method, alive, longest in (
        ("nyc_prosp_full", "scan, permutation, alive", True, 7),
        ("nyc_retro", "scan, permutation, 7 days", False, 7),
        ("nyc_retro_3km", "scan, permutation, 3 days", False, 3),
    ):
        rules = ScanRules(
            radius_m=_chord(3000.0), longest=longest, alive=alive, seed=1,
            replications=REPLICATIONS,
        )  # fmt: skip
        scan = scan_permutation(place, where, day, 24, rules=rules)
        first = f"2001/11/{scan.clusters[0].start + 1}"
        rows += findings("scan_nyc_fever", method, told[key], names, scan, first_step=first)
    return rows


@checks("scan_pennsylvania_lung")
def pennsylvania(folder: Path) -> Rows:
    """The answer turns when expected cases know age, sex and race."""
    told = json.loads((folder / "expected.json").read_text())
    names, place = _places(folder / "pa.geo")
    number = {name: i for i, name in enumerate(names)}
    rules = ScanRules(replications=REPLICATIONS, seed=1)
    rows: list[Finding] = []
    for key, file, strata in (
        ("pa_poisson_adj", "pa", ["race", "sex", "age"]),
        ("pa_poisson_crude", "pa_u", []),
    ):
        cases = _read(folder / f"{file}.cas", ["place", "n", "year", *strata])
        people = _read(folder / f"{file}.pop", ["place", "year", "people", *strata])
        table = people.merge(cases, on=["place", "year", *strata], how="left").fillna({"n": 0})
        groups = table.groupby(strata) if strata else table.groupby("year")
        rate = groups["n"].transform("sum") / groups["people"].transform("sum")
        table["expected"] = table["people"] * rate.fillna(0)
        index = table["place"].map(number).to_numpy()
        count = np.bincount(index, weights=table["n"], minlength=len(names))
        expected = np.bincount(index, weights=table["expected"], minlength=len(names))
        scan = scan_poisson(place, count, expected, rules=rules)
        method = "scan, Poisson, adjusted" if strata else "scan, Poisson, crude"
        rows += findings("scan_pennsylvania_lung", method, told[key], names, scan)
    return rows
