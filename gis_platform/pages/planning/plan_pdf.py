"""A placement on two pages of A4: map and shares, then every site with its sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from gis_platform.pages.planning.more import people_said, weights_said
from layers.catalog.places import Island
from layers.catalog.wifi import WifiHotspot
from layers.catalog.wifi_proposals import WifiProposal
from layers.geography import city
from spatial_analysis.models import Run
from spatial_analysis.studies.number_words import rupiah
from spatial_analysis.studies.wifi_said import row_said, sentence_of

MARGIN_MM, WIDE_MM, LOW_MM = 15.0, 180.0, 282.0
MAP_TOP_MM, MAP_HIGH_MM = 54.0, 150.0
INK, MUTED, LINE, ACCENT = (22, 32, 42), (91, 107, 122), (160, 170, 180), (11, 110, 143)
SEA, LAND = (223, 234, 240), (244, 241, 234)


class Sheet(FPDF):
    """A4 in the reader's own standard fonts: nothing is embedded, nothing is fetched."""

    def __init__(self) -> None:
        """Margins, and no page break but our own."""
        super().__init__(format="A4")
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(False)
        self.set_draw_color(*LINE)

    def words(self, text: str, size: float, *, bold: bool = False, ink: Any = INK) -> None:
        """A paragraph over the whole width; letters beyond Latin-1 become question marks."""
        self.set_font("helvetica", "B" if bold else "", size)
        self.set_text_color(*ink)
        self.multi_cell(
            WIDE_MM, size * 0.45, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L"
        )

    def lines_of(self, text: str, wide_mm: float) -> int:
        """Lines that `text` takes in a cell of this width."""
        cut: Any = self.multi_cell(wide_mm, 3.9, plain(text), dry_run=True, output="LINES")
        return len(cut)

    def list_rows(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        wide: Sequence[float],
        words: int = 2,
    ) -> int:
        """Rows as long as the page lasts; returns how many were left out.

        The first `words` columns are words and stand left, the others are numbers.
        """
        left_out = 0
        for number, row in enumerate([head, *rows]):
            self.set_font("helvetica", "B" if number == 0 else "", 8.5)
            self.set_text_color(*INK)
            lines = max(self.lines_of(text, w - 1) for text, w in zip(row, wide, strict=True))
            high = 3.9 * lines + 1.4
            if self.get_y() + high > LOW_MM - 22:
                left_out += 1
                continue
            top, x = self.get_y(), MARGIN_MM
            for place, (text, w) in enumerate(zip(row, wide, strict=True)):
                self.set_xy(x, top + 0.7)
                self.multi_cell(w - 1, 3.9, plain(text), align="L" if place < words else "R")
                x += w
            self.line(MARGIN_MM, top + high, MARGIN_MM + WIDE_MM, top + high)
            self.set_xy(MARGIN_MM, top + high)
        return left_out

    def foot(self, text: str) -> None:
        """The last line of a page."""
        self.set_xy(MARGIN_MM, LOW_MM)
        self.words(text, 7, ink=MUTED)


def plain(text: str) -> str:
    """Text in the letters that standard PDF fonts have."""
    for odd, even in (("–", "-"), ("≥", ">="), ("≤", "<="), ("“", '"'), ("”", '"'), ("…", "...")):
        text = text.replace(odd, even)
    return text.encode("latin-1", "replace").decode("latin-1")


def plan_pdf(run: Run, rows: Sequence[WifiProposal], name: str) -> bytes:
    """Two pages: what was asked and found with a map of each island; each site and its reason."""
    sheet = Sheet()
    sheet.set_title(plain(name))
    sheet.set_creation_date(run.finished_at or run.asked_at)
    foot = _("Hitungan {n}, sidik {digest}.").format(n=run.pk, digest=run.digest[:12])
    foot = f"{foot} {people_said(run.params.get('people', ''))}"
    sheet.add_page()
    _first(sheet, run, rows, name)
    sheet.foot(f"1/2  {foot}")
    sheet.add_page()
    _second(sheet, run, rows)
    sheet.foot(f"2/2  {foot}")
    return bytes(sheet.output())


def _first(sheet: Sheet, run: Run, rows: Sequence[WifiProposal], name: str) -> None:
    summary = run.summary
    sheet.words(f"{_('Rencana WiFi')} {city().name}: {name}", 17, bold=True)
    sheet.ln(1)
    sheet.words(sentence_of(run), 11)
    sheet.ln(1)
    for line in _asked(run):
        sheet.words(line, 9, ink=MUTED)
    gap = _tenth(summary["gap_pct"])
    proof = (
        _("Terbukti optimal: tidak ada pilihan lain yang melayani lebih banyak warga.")
        if summary["proven"]
        else _("Paling banyak {gap} % di bawah yang terbaik.").format(gap=gap)
    )
    sheet.words(proof, 9, bold=True)
    _maps(sheet, rows)
    sheet.set_xy(MARGIN_MM, MAP_TOP_MM + MAP_HIGH_MM + 1)
    sheet.words(
        _("Lingkaran bernomor: titik usulan. Titik kecil: WiFi yang hidup kini. Utara di atas."),
        7.5, ink=MUTED,
    )  # fmt: skip
    sheet.set_xy(MARGIN_MM, MAP_TOP_MM + MAP_HIGH_MM + 8)
    sheet.words(_("Terlayani sebelum dan sesudah"), 11, bold=True)
    sheet.list_rows(
        (_("Pulau"), _("Warga"), _("Sebelum"), _("Sesudah"), _("Titik")),
        [
            (
                area["name"], _whole(area["people"]), f"{_tenth(area['before_pct'])} %",
                f"{_tenth(area['after_pct'])} %",
                f"{area['sites']}" + (f" (>= {area['floor']})" if area["floor"] else ""),
            )
            for area in summary["areas"]
        ],
        (70, 30, 27, 27, 26),
        words=1,
    )  # fmt: skip


def _asked(run: Run) -> list[str]:
    params, summary = run.params, run.summary
    money = params.get("budget_idr")
    parts = [
        _("Anggaran {money}").format(money=rupiah(money)) if money is not None else "",
        _("paling banyak {n} titik").format(n=params["count"]) if params.get("count") else "",
        _("jalan kaki {m} m").format(m=_whole(summary["walk_m"])),
        _("terpakai {money}").format(money=rupiah(summary["spent_idr"])),
    ]
    if params.get("power_h"):
        panels = _("boleh panel surya") if params.get("solar", True) else _("tanpa panel surya")
        hours = _("listrik paling sedikit {h} jam").format(h=params["power_h"])
        parts.append(f"{hours}, {panels}")
    if params.get("spacing_m"):
        parts.append(_("antartitik paling dekat {m} m").format(m=_whole(params["spacing_m"])))
    if params.get("backup_pct"):
        parts.append(_("titik kedua dihitung {p} %").format(p=params["backup_pct"]))
    if run.params.get("demand"):
        parts.append(_("dihitung juga: {places}").format(places=weights_said(run.params)))
    floors = [f"{area['name']} >= {area['floor']}" for area in summary["areas"] if area["floor"]]
    lines = ["; ".join(part for part in parts if part) + "."]
    return [*lines, _("Batas: {floors}.").format(floors=", ".join(floors))] if floors else lines


def _second(sheet: Sheet, run: Run, rows: Sequence[WifiProposal]) -> None:
    sheet.words(_("Titik yang diusulkan"), 14, bold=True)
    sheet.ln(1)
    left_out = sheet.list_rows(
        ("#", _("Titik dan alasannya"), _("Warga"), _("Biaya")),
        [
            (
                str(row.rank), f"{row.name} ({row.kelurahan}, {row.island}): {row_said(row, run)}.",
                _whole(row.people_gained), rupiah(row.cost_idr),
            )
            for row in rows
        ],
        (8, 122, 20, 30),
    )  # fmt: skip
    if left_out:
        sheet.words(_("{n} titik lagi ada di berkas XLSX.").format(n=left_out), 9, ink=MUTED)
    for rule, people in list(run.summary["prices"].items())[:4]:
        if rule == "budget":
            more = _("Anggaran 10 % lebih besar: {n} warga lagi.").format(n=_whole(people))
            sheet.ln(1.5)
            sheet.words(more, 9)
    if "equity" in run.summary:
        _fairness(sheet, run.summary["equity"])


def _fairness(sheet: Sheet, equity: Mapping[str, Any]) -> None:
    """How even the service is, before and after."""
    before, after = equity["before"], equity["after"]
    rows = (
        (_("Koefisien Gini"), *(number_format(one["gini"], 2) for one in (before, after))),
        (
            _("Orang-km di luar jangkauan"),
            *(_whole(e["beyond_person_km"]) for e in (before, after)),
        ),
        (
            _("Warga tanpa titik hidup di pulaunya"),
            *(_whole(e["no_way"]) for e in (before, after)),
        ),
        (
            _("Pulau luar terlayani (%)"),
            *(_tenth(e["outer"]["share_pct"]) for e in (before, after)),
        ),
        (
            _("Kelurahan tanpa layanan"),
            *(_whole(e["worst"]["none_served"]) for e in (before, after)),
        ),
    )
    sheet.ln(5)
    sheet.words(_("Pemerataan"), 11, bold=True)
    sheet.list_rows(("", _("Sebelum"), _("Sesudah")), rows, (100, 40, 40), words=1)


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page that shows one island, north up, one scale both ways."""

    left: float
    top: float
    wide: float
    high: float
    box: tuple[float, float, float, float]

    @property
    def mm_per_m(self) -> float:
        """Scale of the panel."""
        west, south, east, north = self.box
        return min((self.wide - 6) / (east - west), (self.high - 14) / (north - south))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Place on the page of metres east and north."""
        west, south, east, north = self.box
        return (
            self.left + self.wide / 2 + (x - (west + east) / 2) * self.mm_per_m,
            self.top + 2 + self.high / 2 - (y - (south + north) / 2) * self.mm_per_m,
        )


def _maps(sheet: Sheet, rows: Sequence[WifiProposal]) -> None:
    """The largest island beside the others, each at its own scale with a bar."""
    srid = city().metric_srid
    islands = sorted(
        ((one, one.geom.transform(srid, clone=True)) for one in Island.objects.all()),
        key=lambda pair: -pair[1].area,
    )[:7]
    spots: list[tuple[Any, int | None]] = [
        (spot.geom.transform(srid, clone=True), spot.island_id)
        for spot in WifiHotspot.objects.working()
    ]
    pins: list[tuple[WifiProposal, Any]] = [
        (row, row.geom.transform(srid, clone=True)) for row in rows
    ]
    others = max(len(islands) - 1, 1)
    columns = 1 if others <= 3 else 2
    lines = -(-others // columns)
    for number, (island, shape) in enumerate(islands):
        if number == 0:
            frame = (MARGIN_MM, MAP_TOP_MM, WIDE_MM * 0.6, MAP_HIGH_MM)
        else:
            column, line = divmod(number - 1, lines)
            wide, high = WIDE_MM * 0.38 / columns, MAP_HIGH_MM / lines
            left = MARGIN_MM + WIDE_MM * 0.62 + column * wide
            frame = (left, MAP_TOP_MM + line * high, wide - 1, high - 1)
        panel = Panel(*frame, box=shape.extent)
        _island(sheet, panel, island.name, shape)
        for spot, home in spots:
            if home == island.pk:
                _dot(sheet, panel.at(spot.x, spot.y))
        for row, spot in pins:
            if row.island == island.name:
                _pin(sheet, panel.at(spot.x, spot.y), row.rank)


def _island(sheet: Sheet, panel: Panel, name: str, shape: Any) -> None:
    sheet.set_fill_color(*SEA)
    sheet.rect(panel.left, panel.top, panel.wide, panel.high, style="F")
    sheet.set_fill_color(*LAND)
    for polygon in shape if shape.geom_type == "MultiPolygon" else [shape]:
        ring = polygon.shell.simplify(0.2 / panel.mm_per_m, preserve_topology=True)
        sheet.polygon([panel.at(*point[:2]) for point in ring.coords], style="DF")
    sheet.set_font("helvetica", "B", 8)
    sheet.set_text_color(*INK)
    sheet.text(panel.left + 2, panel.top + 4, plain(name))
    bar_m = next(m for m in (10_000, 5_000, 2_000, 1_000, 500, 200, 50, 1) if _fits(panel, m))
    low = panel.top + panel.high - 3
    sheet.line(panel.left + 3, low, panel.left + 3 + bar_m * panel.mm_per_m, low)
    sheet.set_font("helvetica", "", 6)
    words = f"{bar_m / 1000:g} km".replace(".", ",") if bar_m >= 1000 else f"{bar_m} m"
    sheet.text(panel.left + 3, low - 1, words)


def _fits(panel: Panel, bar_m: float) -> bool:
    return bar_m * panel.mm_per_m <= panel.wide / 3


def _dot(sheet: Sheet, at: tuple[float, float]) -> None:
    sheet.set_fill_color(*MUTED)
    sheet.circle(at[0], at[1], 0.7, style="F")


def _pin(sheet: Sheet, at: tuple[float, float], rank: int) -> None:
    sheet.set_fill_color(*ACCENT)
    sheet.circle(at[0], at[1], 2.1, style="F")
    sheet.set_font("helvetica", "B", 6)
    sheet.set_text_color(255, 255, 255)
    text = str(rank)
    sheet.text(at[0] - sheet.get_string_width(text) / 2, at[1] + 0.75, text)


def _whole(value: float) -> str:
    return str(number_format(value, 0, use_l10n=True, force_grouping=True))


def _tenth(value: float) -> str:
    return str(number_format(value, 1, use_l10n=True))
