"""The layer `reports`: true places for the desk, published rows for everybody."""

from __future__ import annotations

from layers.access import EVERYBODY, Role
from layers.catalog.reports.models import Report
from layers.registry import register
from layers.spec import HexTiles, Layer, LegendEntry, Symbol, Theme, TimeField

LAYER = register(
    Layer(
        slug="reports",
        title="Laporan warga",
        title_en="Citizen reports",
        summary="Laporan yang sudah diperiksa; tempat dan kata-kata versi umum.",
        rows=Report.objects.filter(practice=False, geom__isnull=False).all,
        public_rows=Report.objects.published,
        placeless_rows=Report.objects.filter(practice=False, geom__isnull=True).all,
        public_fields=(
            "number", "category", "public_state", "resolution", "public_words", "received_at",
            "supporters", "origin",
        ),
        public_geometry="public_geom",
        viewers=EVERYBODY,
        staff=frozenset({Role.OPERATOR}),  # others see crime and social cases as the public does
        staff_fields=(
            "number", "category", "state", "public_state", "resolution", "urgent", "at_sea",
            "received_at", "supporters", "origin",
        ),
        tiles=HexTiles(min_zoom=0, counts_kept=True),
        symbol=Symbol(
            "circle",
            (
                LegendEntry("Belum diverifikasi", "#b3261e", "belum_diverifikasi", "Unverified"),
                LegendEntry(
                    "Belum ditindaklanjuti", "#c2660a", "belum_ditindaklanjuti", "Not yet acted on"
                ),
                LegendEntry("Proses", "#7a6a00", "proses", "In process"),
                LegendEntry("Selesai", "#1d7a4c", "selesai", "Closed"),
            ),
            by="public_state",
        ),
        attribution="Laporan warga; contoh sintetis bertanda",
        theme=Theme.REPORTS,
        time=TimeField("received_at"),
        filters=("category", "public_state"),
        natural_key="number",
    )
)  # fmt: skip
