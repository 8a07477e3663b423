"""Where new free WiFi is proposed: sites of a placement, whom each reaches, what it costs."""

from __future__ import annotations

from django.contrib.gis.db import models

from layers.access import DESK
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme


class WifiProposalQuerySet(models.QuerySet["WifiProposal"]):
    """Reads of proposals."""

    def of_run(self, run_number: int) -> WifiProposalQuerySet:
        """Sites of one placement, best first."""
        return self.filter(run_number=run_number).order_by("rank")

    def current(self) -> WifiProposalQuerySet:
        """Sites of the plan shown to all: the approved one, or else the newest."""
        return self.filter(current=True).order_by("rank")

    def show(self, run_number: int, *, approved: bool = False) -> None:
        """Let this placement be the one shown to all; an approved one stays until another is."""
        if not approved and self.filter(current=True, approved=True).exists():
            return
        self.filter(current=True).update(current=False, approved=False)
        self.filter(run_number=run_number).update(current=True, approved=approved)


class WifiProposal(models.Model):
    """One site of a placement."""

    run_number = models.PositiveBigIntegerField(db_index=True, help_text="run that placed it")
    rank = models.PositiveSmallIntegerField(help_text="1 reaches the most people")
    candidate = models.CharField(max_length=80, help_text="code of the place")
    name = models.CharField(max_length=120)
    kelurahan = models.CharField(max_length=60)
    island = models.CharField(max_length=60)
    people_gained = models.PositiveIntegerField(help_text="people newly reached")
    cost_idr = models.PositiveBigIntegerField(help_text="first year: building and running")
    power_hours = models.PositiveSmallIntegerField(help_text="hours of power a day")
    solar = models.BooleanField(default=False, help_text="price holds panel and battery")
    wished = models.BooleanField(default=False, help_text="asked for by the planner")
    sentence = models.CharField(max_length=300)
    current = models.BooleanField(default=False, help_text="shown on maps")
    approved = models.BooleanField(default=False)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()
    objects = WifiProposalQuerySet.as_manager()

    class Meta:
        ordering = ("run_number", "rank")
        indexes = [tile_index("wifiproposal")]
        constraints = [
            geo_check("wifiproposal"),
            models.UniqueConstraint(fields=("run_number", "rank"), name="one_proposal_a_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.name}"


LAYER = register(
    Layer(
        slug="wifi-proposals",
        title="Usulan titik WiFi",
        title_en="Proposed WiFi sites",
        summary="Titik dari rencana yang disahkan, atau dari hitungan terakhir.",
        rows=WifiProposal.objects.current,
        public_fields=(
            "rank", "name", "kelurahan", "island", "people_gained", "cost_idr", "power_hours",
            "solar", "approved", "sentence", "origin",
        ),
        viewers=DESK,
        tiles=FeatureTiles(min_zoom=8),
        symbol=Symbol(
            "circle",
            (LegendEntry("Usulan titik", "#0b6e8f", "", "Proposed site"),),
            label="rank",
            label_from_zoom=8,
            note="Warga adalah taksiran; biaya setahun pertama.",
            note_en="People are estimates; cost of the first year.",
        ),
        attribution="Analisis kota",
        theme=Theme.PLANNING,
    )
)  # fmt: skip
