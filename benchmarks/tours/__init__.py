"""Published tour problems at equal time: ours, bare PyVRP, VROOM and OR-Tools, gap to best known.

A stated sample, chosen before it was measured: 10 s (large ones a little more), and two of them
at 60 s, about twenty minutes in all. Every plan passes the independent checker, or its gap is not
counted. Also rounds of a day and random cities (`day`, `fuzz`), whose goals stand in the table of
`routes`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks._row import NOT, Row, missing
from benchmarks.tours import day, reload
from benchmarks.tours.sets import SHARED, read
from benchmarks.tours.solvers import Outcome, bare, compile_ours, ours, peer

PEERS = ("vroom", "ortools")
KNOWN: dict[str, tuple[str, ...]] = {  # peers that know what a set asks for, where not both do
    "waste-montevideo": (),  # trips to be emptied
    "pcvrptw-prizes": ("ortools",),  # a price of what is left out; VROOM has priorities
}
SHORT: tuple[tuple[str, str, float], ...] = (
    ("vrptw-solomon100", "R112", 10),
    ("vrptw-solomon100", "RC105", 10),
    ("vrptw-solomon100", "R208", 10),
    ("cvrp-x", "X-n200-k36", 10),
    ("cvrp-x", "X-n449-k29", 10),
    ("cvrp-x", "X-n1001-k43", 15),
    ("vrptw-gh1000", "RC1_10_1", 20),
    ("vrptw-gh1000", "R2_10_4", 20),
    ("pcvrptw-prizes", "R1_10_1", 30),
    ("waste-montevideo", "a_du_rm_cl_08", 20),
    ("waste-montevideo", "c_du_rm_cl_02", 20),
    ("waste-montevideo", "ch_du_rm_cl_05", 20),
)
LONG: tuple[tuple[str, str, float], ...] = (
    ("cvrp-x", "X-n449-k29", 60),
    ("vrptw-gh1000", "RC1_10_1", 60),
)
RELOAD = (("C201R0.25", 20.0), ("C2_2_01R0.5", 20.0))


@dataclass(frozen=True, slots=True)
class Measured:
    """One problem at one time: gap of each solver in % (None: not measured or no plan)."""

    group: str
    name: str
    seconds: float
    gaps: dict[str, float | None]
    outcomes: tuple[Outcome, ...]
    load: float


def measure(sample: tuple[tuple[str, str, float], ...]) -> Iterator[Measured]:
    """All solvers on each problem of a sample, one after another."""
    for group, name, seconds in sample:
        if not (SHARED / group).is_dir():
            continue
        published = read(group, name)
        found = [ours(published.problem, seconds), bare(published.problem, seconds)]
        others = (peer(who, published.problem, seconds) for who in KNOWN.get(group, PEERS))
        found += [outcome for outcome in others if outcome is not None]
        gaps = {
            o.solver: published.gap_pct(o.cost) if o.holds and o.cost is not None else None
            for o in found
        }
        yield Measured(group, name, seconds, gaps, tuple(found), os.getloadavg()[0])


def show(found: list[Measured], console: Console) -> None:
    """Print the gaps."""
    heads = ("set", "problem", "s", "ours", "PyVRP", "VROOM", "OR-Tools",
             "start, iterations", "faults", "load")  # fmt: skip
    table = Table(*heads, title="gap to the best known, %; each plan checked", show_lines=False)
    for m in found:
        words = []
        for who in ("ours", "PyVRP", *PEERS):
            gap = m.gaps.get(who)
            known = who in m.gaps
            words.append(f"{gap:.2f}" if gap is not None else ("no plan" if known else "-"))
        mine = next(o for o in m.outcomes if o.solver == "ours")
        found_by = f"{mine.iterations:,}" if mine.iterations else "-"
        figures = (f"{m.seconds:.0f}", *words, found_by, str(len(mine.faults)), f"{m.load:.1f}")
        table.add_row(m.group, m.name, *figures)
    console.print(table)


def _mean(found: list[Measured], group: str, who: str, below: float = 1e9) -> float | None:
    gaps = [
        m.gaps.get(who) for m in found
        if m.group == group and m.seconds < below and _stops(m.name) <= 500
    ]  # fmt: skip
    known = [gap for gap in gaps if gap is not None]
    return mean(known) if known and len(known) == len(gaps) else None


def _stops(name: str) -> int:
    return int(name[3:].split("-")[0]) if name.startswith("X-n") else 100


GOALS = (
    ("vrptw-solomon100", "Solomon <= 0.3 % in 10 s", 0.3),
    ("cvrp-x", "X up to 500 stops <= 2.0 % in 10 s", 2.0),
    ("vrptw-gh1000", "1,000 with windows <= 6 % in 20 s", 6.0),
    ("pcvrptw-prizes", "prizes <= 2 % in 30 s", 2.0),
)


def goals(found: list[Measured], reloaded: list[reload.Reloaded]) -> list[Row]:
    """Goals 7, 8 and 9 of this run; `found` are the short times."""
    if not found:
        return [missing("7-9", "published problems", "they need ../shared/truth/routing")]
    rows = []
    for group, goal, most in GOALS:
        gap, count = _mean(found, group, "ours"), sum(m.group == group for m in found)
        ours_ = NOT if gap is None else f"{gap:.2f} % (mean of {count - (group == 'cvrp-x')})"
        rows.append(Row("7", goal, ours_, None if gap is None else gap <= most))
    big = [m.gaps.get("ours") for m in found if m.name == "X-n1001-k43"]
    if big and big[0] is not None:
        rows.append(Row("7", "X-n1001 <= 2.5 % in 15 s", f"{big[0]:.2f} %", big[0] <= 2.5))
    rows += _reload(reloaded)
    broken = sum(not o.holds for m in found for o in m.outcomes if o.solver == "ours")
    rows.append(Row("7", "100 % of plans pass the checker", f"{broken} with a fault", not broken))
    rows += [_beside(found, group) for group in dict.fromkeys(m.group for m in found)]
    waste = [m.gaps["ours"] for m in found if m.group == "waste-montevideo"]
    known = [gap for gap in waste if gap is not None]
    if known:
        ours_ = ", ".join(f"{gap:+.2f} %" for gap in known)
        rows.append(Row("9", "Montevideo within 1 % of the best known in 20 s", ours_,
                        max(known) <= 1 and len(known) == len(waste)))  # fmt: skip
    return rows


def _beside(found: list[Measured], group: str) -> Row:
    """Goal 8 for one set: never 0.1 % worse than bare PyVRP in mean, better than both others."""
    part = [m for m in found if m.group == group]
    means = {}
    for who in ("ours", "PyVRP", *PEERS):
        gaps = [m.gaps[who] for m in part if who in m.gaps]
        known = [gap for gap in gaps if gap is not None]
        if known and len(known) == len(gaps):
            means[who] = mean(known)
    words = ", ".join(f"{who} {gap:.2f}" for who, gap in means.items())
    mine = means.get("ours")
    met = mine is not None and mine <= means.get("PyVRP", 1e9) + 0.1
    met = met and all(means["ours"] < means[who] for who in PEERS if who in means)
    goal = f"{group}: <= bare PyVRP + 0.1 %, better than VROOM, OR-Tools"
    return Row("8", goal, f"{words} %", met)


def _reload(found: list[reload.Reloaded]) -> list[Row]:
    """Goals 7 and 8 for several loads a shift."""
    if not found:
        return []
    means = {who: mean(r.gap_pct for r in found if r.solver == who) for who in ("ours", "PyVRP")}
    mine = [r for r in found if r.solver == "ours"]
    broken = sum(bool(r.faults) for r in mine)
    seven = f"{means['ours']:.2f} % (mean of {len(mine)}), {broken} plans with a fault"
    eight = ", ".join(f"{who} {gap:.2f}" for who, gap in means.items())
    near = means["ours"] <= means["PyVRP"] + 0.1 and not broken
    return [
        Row("7", "reload <= 1.5 % in 20 s", seven, means["ours"] <= 1.5 and not broken),
        Row("8", f"{reload.GROUP}: <= bare PyVRP + 0.1 %", f"{eight} %", near),
    ]


def told(found: Iterator[Measured], console: Console) -> Iterator[Measured]:
    """Say each problem as soon as it is measured: the whole takes long."""
    for m in found:
        gaps = ", ".join(
            f"{who} {'no plan' if gap is None else f'{gap:.2f} %'}" for who, gap in m.gaps.items()
        )
        console.print(f"{m.name} in {m.seconds:.0f} s: {gaps}")
        yield m


def run(console: Console, *, long: bool) -> list[Row]:
    """Measure, print the tables, give the goals."""
    compile_ours()
    short = list(told(measure(SHORT), console))
    show(short + (list(told(measure(LONG), console)) if long else []), console)
    at_hand = (SHARED / reload.GROUP).is_dir()
    reloaded = []
    for r in reload.measure(RELOAD) if at_hand else ():
        console.print(
            f"{r.name} in {r.seconds:.0f} s: {r.solver} {r.gap_pct:.2f} %, {r.trips} trips, "
            f"{len(r.faults)} faults, load {r.load:.1f}"
        )
        reloaded.append(r)
    return goals(short, reloaded)


def main() -> None:
    """Print the tables and the goals they tell."""
    console = Console(width=130)
    table = Table("nr", "goal", "ours", "met", "load")
    for row in run(console, long=True):
        table.add_row(row.number, row.goal, row.ours, row.verdict, f"{row.load:.1f}")
    console.print(table)
    day.main()
