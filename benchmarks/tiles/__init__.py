"""Vector tiles beside the bare statement, peers and crowds: the goals that one machine shows."""

from __future__ import annotations

import os

from rich.console import Console
from rich.table import Table

from benchmarks.tiles import crowd, miss, places, speed
from benchmarks.tiles.row import Row


def rows() -> list[Row]:
    """Every goal, in the order of its number."""
    tiles = speed.chosen()
    found = miss.goal() + speed.goals() + crowd.goals(tiles)
    return sorted(found, key=lambda row: int("".join(filter(str.isdigit, row.goal.split()[0]))))


def main() -> None:
    """Print the table."""
    if not places.filled("streets", range(14, 15)):
        print("No published tile holds rows: run load_city and publish_layers first.")
        return
    table = Table(title=f"Tiles: goals on {os.cpu_count()} cores, loopback", show_lines=True)
    for column in ("goal", "wanted", "found", "", "load average"):
        table.add_column(column)
    for row in rows():
        table.add_row(row.goal, row.wanted, row.found, row.verdict, f"{row.load_average:.1f}")
    Console(width=150).print(table)
