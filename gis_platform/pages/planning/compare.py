"""Scenarios side by side: one row a figure, one column a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from gis_platform.pages.planning.more import AIM_WORDS, SERVE_WORDS
from spatial_analysis.models import Run
from spatial_analysis.scenarios import WifiScenario, would_drop
from spatial_analysis.studies import wifi_aims, wifi_reach

MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Column:
    """One plan: its name, its run, the scenario it is kept as (None: not kept yet)."""

    name: str
    run: Run
    scenario: WifiScenario | None

    @property
    def drops(self) -> dict[str, int]:
        """Planned sites that approving it takes off the map, and how many of these have posters."""
        if self.scenario is None or self.scenario.approved_at:
            return {"sites": 0, "posters": 0}
        gone = would_drop(self.scenario)
        posters = sum(spot.poster_made_at is not None for spot in gone)
        return {"sites": len(gone), "posters": posters}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of every plan; `best` is the number of the column that leads, or None."""

    label: str
    cells: list[str]
    best: int | None = None


def column_of(run: Run, scenario: WifiScenario | None) -> Column:
    """One plan, by the name it is kept under or its number."""
    return Column(scenario.name if scenario else _("hitungan {n}").format(n=run.pk), run, scenario)


def columns_of(scenarios: Sequence[WifiScenario], current: Run | None) -> list[Column]:
    """The newest kept plans, and the one just worked out if nobody kept it."""
    found = [Column(one.name, one.run, one) for one in scenarios[:MOST_COLUMNS]]
    if current and all(column.run.pk != current.pk for column in found):
        found.insert(0, Column(_("Hitungan ini"), current, None))
    return found


def _whole(value: float | None) -> str:
    return "–" if value is None else number_format(value, 0, use_l10n=True, force_grouping=True)


def _share(value: float) -> str:
    return number_format(value, 1, use_l10n=True) + " %"


def _proof(summary: dict[str, Any]) -> str:
    return _("optimal terbukti") if summary["proven"] else f"≤ {_share(summary['gap_pct'])}"


def _spare(summary: dict[str, Any]) -> str:
    """People with a second site in reach, with the figure of today in brackets."""
    spare = summary.get("backup")
    return f"{_whole(spare['after'])} ({_whole(spare['before'])})" if spare else "–"


def rows_of(columns: Sequence[Column]) -> list[Row]:
    """Figures of all plans, area by area at the end."""
    summaries = [column.run.summary for column in columns]

    def row(label: str, words: Callable[[dict[str, Any]], str], key: str = "") -> Row:
        values = [summary[key] for summary in summaries] if key else []
        lead = values.index(max(values)) if len(set(values)) > 1 else None
        return Row(label, [words(summary) for summary in summaries], lead)

    asked = [_whole(column.run.params.get("budget_idr")) for column in columns]
    head = [
        Row(_("Anggaran (Rp)"), asked),
        row(_("Terpakai (Rp)"), lambda s: _whole(s["spent_idr"])),
        row(_("Titik"), lambda s: _whole(s["sites"])),
        row(_("Warga bertambah"), lambda s: _whole(s["people_gained"]), "people_gained"),
        row(_("Bukti"), _proof),
        row(_("Jalan kaki (m)"), lambda s: _whole(s["walk_m"])),
    ]
    aims = [str(summary.get("aim", wifi_aims.PEOPLE)) for summary in summaries]
    if set(aims) != {wifi_aims.PEOPLE}:
        head.insert(0, Row(_("Tujuan"), [str(AIM_WORDS[aim]) for aim in aims]))
    serves = [str(summary.get("serve", wifi_reach.WALK)) for summary in summaries]
    if set(serves) != {wifi_reach.WALK}:
        head.append(Row(_("Terlayani berarti"), [str(SERVE_WORDS[one]) for one in serves]))
    if any(summary.get("backup") for summary in summaries):
        head.append(row(_("Warga dengan titik cadangan"), _spare))
    if all("equity" in summary for summary in summaries):
        head += _equity_rows(summaries)
    codes = {area["code"]: area["name"] for summary in summaries for area in summary["areas"]}
    return head + [_area_row(code, name, summaries) for code, name in codes.items()]


def _equity_rows(summaries: Sequence[dict[str, Any]]) -> list[Row]:
    """Fairness after each plan, with the figure of today in brackets."""

    def row(label: str, find: Callable[[dict[str, Any]], float], places: int, most: bool) -> Row:
        pairs = [(find(one["equity"]["before"]), find(one["equity"]["after"])) for one in summaries]
        cells = [
            f"{number_format(after, places, use_l10n=True, force_grouping=True)} "
            f"({number_format(before, places, use_l10n=True, force_grouping=True)})"
            for before, after in pairs
        ]
        after = [pair[1] for pair in pairs]
        lead = after.index(max(after) if most else min(after)) if len(set(after)) > 1 else None
        return Row(label, cells, lead)

    return [
        row(_("Koefisien Gini"), lambda e: e["gini"], 2, False),
        row(_("Orang-km di luar jangkauan"), lambda e: e["beyond_person_km"], 0, False),
        row(_("Warga tanpa titik hidup di pulaunya"), lambda e: e["no_way"], 0, False),
        row(_("Pulau luar terlayani (%)"), lambda e: e["outer"]["share_pct"], 1, True),
        row(_("Kelurahan tanpa layanan"), lambda e: e["worst"]["none_served"], 0, False),
    ]


def _area_row(code: str, name: str, summaries: Sequence[dict[str, Any]]) -> Row:
    cells: list[str] = []
    after: list[float] = []
    for summary in summaries:
        area = next((one for one in summary["areas"] if one["code"] == code), None)
        after.append(area["after_pct"] if area else -1.0)
        cells.append(f"{_share(area['after_pct'])} ({area['sites']})" if area else "–")
    return Row(name, cells, after.index(max(after)) if len(set(after)) > 1 else None)
