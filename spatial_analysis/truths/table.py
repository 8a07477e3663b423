"""The table of published results: every check on every data set that is here, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from spatial_analysis.truths import networks, patterns, scans
from spatial_analysis.truths.finding import CHECKS, Finding

MODULES = (networks, patterns, scans)  # importing them registers their checks
HEAD = ("method", "data set", "figure", "published", "ours", "difference", "")
WIDTHS = (27, 24, 44, 18, 18, 10, 5)


def findings(folder: Path, data_set: str) -> list[Finding]:
    """All findings on one data set; none when its folder is absent."""
    here = folder / data_set
    if not here.is_dir():
        return []
    return [finding for check in CHECKS[data_set] for finding in check(here)]


def names(only: str = "") -> list[str]:
    """Data sets that there are checks on, with `only` in their name."""
    return sorted(data_set for data_set in CHECKS if only in data_set)


def lines(folder: Path, only: str = "") -> Iterator[tuple[str, bool | None]]:
    """Yield (line of the table, is it met; None: it tells no figure); absent data is said so."""
    yield row(HEAD), None
    for data_set in names(only):
        found = findings(folder, data_set)
        if not found:
            yield row(("-", data_set, "absent: not checked", "", "", "", "?")), None
        for finding in found:
            yield _line(finding), finding.met


def row(cells: tuple[str, ...]) -> str:
    """Cells under their heads."""
    return " ".join(f"{cell[:width]:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def _line(finding: Finding) -> str:
    return row((
        finding.method, finding.data_set, finding.what, _said(finding.published),
        _said(finding.ours), f"{finding.difference:.1e}", "met" if finding.met else "NOT",
    ))  # fmt: skip


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def as_markdown(found: list[Finding]) -> str:
    """Findings as a Markdown table."""
    rows = [(*HEAD[:-1], "met"), ("---",) * len(HEAD)]
    rows += [
        (finding.method, finding.data_set, finding.what, _said(finding.published),
         _said(finding.ours), f"{finding.difference:.1e}", "met" if finding.met else "NOT")
        for finding in found
    ]  # fmt: skip
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
