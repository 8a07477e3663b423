"""A placement taken away: GeoJSON for maps, CSV and a workbook for tables."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from layers.api import defused
from layers.catalog.wifi_proposals import LAYER, WifiProposal
from spatial_analysis.models import Run
from spatial_analysis.studies.wifi_said import row_said, sentence_of

COLUMNS = (
    "rank", "candidate", "name", "kelurahan", "island", "people_gained", "cost_idr", "power_hours",
    "solar", "wished", "sentence", "origin",
)  # fmt: skip


def _value(run: Run, row: WifiProposal, column: str) -> Any:
    return row_said(row, run) if column == "sentence" else getattr(row, column)


def about(run: Run) -> dict[str, Any]:
    """What a reader needs to trust the rows: question, answer, proof, inputs."""
    summary = run.summary
    return {
        "title": LAYER.title,
        "attribution": LAYER.attribution,
        "note": LAYER.symbol.note,
        "sentence": sentence_of(run),
        "proven": summary["proven"],
        "gap_pct": summary["gap_pct"],
        "people_gained": summary["people_gained"],
        "spent_idr": summary["spent_idr"],
        "params": run.params,
        "inputs": run.inputs,
        "run": run.pk,
        "digest": run.digest,
    }


def geojson(run: Run, rows: Iterable[WifiProposal]) -> dict[str, Any]:
    """FeatureCollection in WGS 84, 6 decimals."""
    features = [
        {
            "type": "Feature",
            "id": row.rank,
            "geometry": {
                "type": "Point",
                "coordinates": [round(row.geom.x, 6), round(row.geom.y, 6)],
            },
            "properties": {column: _value(run, row, column) for column in COLUMNS},
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", **about(run), "features": features}


def csv_text(run: Run, rows: Iterable[WifiProposal]) -> str:
    """The columns of the layer, then lon and lat (WGS 84)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*COLUMNS, "lon", "lat"])
    for row in rows:
        words = [defused(_value(run, row, column)) for column in COLUMNS]
        writer.writerow([*words, f"{row.geom.x:.6f}", f"{row.geom.y:.6f}"])
    return buffer.getvalue()


def workbook(run: Run, rows: Iterable[WifiProposal]) -> bytes:
    """Three sheets: sites, areas before and after, and what the figures rest on."""
    from openpyxl import Workbook  # only when asked

    book = Workbook()
    sites = book.active
    sites.title = _("Titik")
    _table(
        sites,
        (*COLUMNS, "lon", "lat"),
        (
            [
                *(defused(_value(run, row, c)) for c in COLUMNS),
                round(row.geom.x, 6),
                round(row.geom.y, 6),
            ]
            for row in rows
        ),
    )
    columns = ("name", "people", "before_pct", "after_pct", "sites", "floor")
    areas = ([area[column] for column in columns] for area in run.summary["areas"])
    _table(book.create_sheet(_("Pulau")), columns, areas)
    facts = (
        (name, value if isinstance(value, (int, float, bool)) else defused(_words(value)))
        for name, value in about(run).items()
    )
    _table(book.create_sheet(_("Keterangan")), (_("hal"), _("isi")), facts)
    holder = io.BytesIO()
    book.save(holder)
    return holder.getvalue()


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table(sheet: Any, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    from openpyxl.styles import Font

    sheet.append(list(head))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append(list(row))
    sheet.freeze_panes = "A2"
    for column in sheet.columns:
        widest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(widest + 2, 60)
