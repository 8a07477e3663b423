"""Ways, matrices, reach and rounds: engines side by side, other places' streets, goals 1-6, 10-12.

Everything happens in transactions that are rolled back. What needs a peer or a list that is not
at hand reads "not measured"; nothing is copied from an earlier run. The published tour problems
(goals 7 to 9) are `tours`'.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from rich.console import Console
from rich.table import Table

from benchmarks._row import Row, missing
from benchmarks.routes import engines, goals, networks, towns
from benchmarks.routes.towns import MALTA, Town
from benchmarks.tours import boats, days, fuzz
from spatial_analysis.snapshots import network

WIDTH = 150


def on_the_city(console: Console) -> list[Row]:
    """Engines on the city's own streets, and the goals that need its rows."""
    with transaction.atomic():
        net = network()
        if not len(net.streets):
            console.print("No streets are loaded: run load_city first.")
            return []
        engines.show("the city", net, engines.measure(net), console)
        steps: list[Callable[[], list[Row]]] = [
            lambda: [goals.answers(net)],
            lambda: [goals.both(Town("the city", net))],
            lambda: goals.closures(net),
            lambda: goals.reach(net),
            lambda: [goals.emergency(net)],
            days.goals,
        ]
        rows = [row for step in steps for row in step()]
        transaction.set_rollback(True)
    return rows


def on_the_dev_network(console: Console) -> list[Row]:
    """Engines on the network that the goals were set on; on the city's where it is absent."""
    if not MALTA.is_file():
        net = network()
        town = Town("the city", net)
        absent = [missing(number, goal, "the file is absent") for number, goal in (
            ("6", "PBF to tables and topology <= 15 s"), ("2, 3", "<= 1.0 x and 1.5 x OSRM"),
            ("4", "closures obeyed before OSRM's"),
        )]  # fmt: skip
        return [goals.turned(net), goals.routes(town), *goals.matrices(town, None), *absent,
                *goals.reach_sets(town)]  # fmt: skip
    with towns.loaded(MALTA, "Malta") as town:
        found = engines.measure(town.net)
        engines.show("Malta (OpenStreetMap)", town.net, found, console)
        return [
            goals.turned(town.net), goals.routes(town), *goals.matrices(town, found),
            *goals.beside_others(town, MALTA), goals.imported(town, MALTA), *goals.reach_sets(town),
        ]  # fmt: skip


def main() -> None:
    """Print the tables, the goals last."""
    console = Console(width=WIDTH)
    rows = [goals.listed(), *on_the_city(console), *on_the_dev_network(console)]
    networks.show(console)
    rows += [fuzz.goal(), boats.goal()]
    show(rows, console)


def show(rows: list[Row], console: Console) -> None:
    """Print the goals in the order of their numbers; * is the issue's own."""
    table = Table("goal", "what", "ours", "", "load", title="goals of ROUTING, section 8")
    for row in sorted(rows, key=lambda row: int(row.number.split("-")[0].split(",")[0])
                      if row.number[0].isdigit() else 99):  # fmt: skip
        table.add_row(row.number, row.goal, row.ours, row.verdict, f"{row.load:.1f}")
    console.print(table)
