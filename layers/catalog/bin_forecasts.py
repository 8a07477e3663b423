"""When each bin will be full: emptyings as they happened, and the forecast made from them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.gis.db import models

from layers.access import Role
from layers.catalog.bins import STALE_AFTER, WasteBin
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin
from layers.registry import register
from layers.spec import FeatureTiles, Layer, LegendEntry, Symbol, Theme, TimeField

FORECAST_HOLDS = timedelta(hours=24)
LIKELY = 0.5


class BinEmptying(models.Model):
    """One emptying: what the sensor said just before. Lines are added, never edited."""

    bin = models.ForeignKey(WasteBin, on_delete=models.CASCADE, related_name="emptyings")
    emptied_at = models.DateTimeField()
    fill_pct = models.PositiveSmallIntegerField(
        null=True, help_text="last reading before, 100 means 100 or more; empty: silent sensor"
    )

    class Meta:
        ordering = ("bin", "emptied_at")
        constraints = [
            models.UniqueConstraint(fields=("bin", "emptied_at"), name="one_emptying_a_moment")
        ]

    def __str__(self) -> str:
        return f"{self.bin_id} {self.emptied_at:%Y-%m-%d %H:%M}"


def record_emptying(*, bin_id: int, at: datetime) -> None:
    """Write down that a bin was emptied, with what it held; it is empty from then on.

    Told late (a crew without a network), after the sensor spoke again: the newer reading stays,
    and what the bin held is not known. Nor is it where the sensor has been silent for long, or
    since the emptying before: a silent sensor never means an empty bin.
    """
    held = WasteBin.objects.select_for_update().filter(pk=bin_id).first()
    if held is None:
        return
    newer = held.sensed_at is not None and held.sensed_at > at
    found = {"fill_pct": held.fill_pct if _heard_before(held, at) else None}
    if BinEmptying.objects.get_or_create(bin=held, emptied_at=at, defaults=found)[1] and not newer:
        WasteBin.objects.filter(pk=bin_id).update(fill_pct=0, sensed_at=at)


def _heard_before(held: WasteBin, at: datetime) -> bool:
    """Whether the bin's reading is what its sensor said just before `at`."""
    if held.sensed_at is None or not at - STALE_AFTER <= held.sensed_at <= at:
        return False
    return not BinEmptying.objects.filter(bin=held, emptied_at=held.sensed_at).exists()


class BinForecastQuerySet(models.QuerySet["BinForecast"]):
    """Reads of the newest forecast; a new one replaces it."""

    def fresh(self, at: datetime) -> BinForecastQuerySet:
        """Forecasts that hold at `at`: of the last day, and of the bin's own last reading.

        One made before the bin was emptied or heard again says nothing.
        """
        recent = self.filter(made_at__gt=at - FORECAST_HOLDS, made_at__lte=at)
        return recent.filter(bin__sensed_at=models.F("sensed_at"))

    def likely_to_overflow(self, at: datetime) -> BinForecastQuerySet:
        """Bins that more likely than not overflow before the round after the next."""
        return self.fresh(at).filter(p_overflow__gte=LIKELY)


class BinForecast(models.Model):
    """What one bin holds now and when it will be full; empty where the sensor never spoke."""

    run_number = models.PositiveBigIntegerField(help_text="run that made it")
    bin = models.OneToOneField(WasteBin, on_delete=models.CASCADE, related_name="forecast")
    label = models.CharField(max_length=40)
    made_at = models.DateTimeField(help_text="moment it speaks of as now")
    sensed_at = models.DateTimeField(null=True, help_text="reading it starts from")
    stale = models.BooleanField(help_text="sensor silent: fill now is a forecast, not a reading")
    emptyings = models.PositiveIntegerField(help_text="known emptyings of this bin")
    fill_now_pct = models.PositiveSmallIntegerField(null=True)
    fill_low_pct = models.PositiveSmallIntegerField(null=True, help_text="8 of 10 lie between")
    fill_high_pct = models.PositiveSmallIntegerField(null=True)
    hours_to_80 = models.FloatField(null=True, help_text="as likely earlier as later")
    hours_to_80_early = models.FloatField(null=True, help_text="1 of 10 is full by then")
    hours_to_80_late = models.FloatField(null=True, help_text="9 of 10 are full by then")
    p_overflow = models.FloatField(null=True, help_text="chance of 100 % before the next round")
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)
    origin = origin_field()
    objects = BinForecastQuerySet.as_manager()

    class Meta:
        ordering = ("label",)
        indexes = [tile_index("binforecast")]
        constraints = [geo_check("binforecast")]

    def __str__(self) -> str:
        return self.label


LAYER = register(
    Layer(
        slug="bin-forecasts",
        title="Perkiraan isi bak sampah",
        title_en="Forecast of bin fill",
        summary="Kapan tiap bak mencapai 80 %, dan peluang meluap sebelum ronde berikut.",
        rows=BinForecast.objects.all,
        public_fields=(
            "label", "made_at", "stale", "emptyings", "fill_now_pct", "fill_low_pct",
            "fill_high_pct", "hours_to_80", "hours_to_80_early", "hours_to_80_late", "p_overflow",
            "origin",
        ),
        viewers=frozenset({Role.OPERATOR, Role.CREW, Role.PLANNER, Role.ADMIN}),
        tiles=FeatureTiles(min_zoom=10),
        symbol=Symbol(
            "circle",
            (
                LegendEntry("Peluang meluap < 10 %", "#1d7a4c", 0, "Chance of overflow < 10 %"),
                LegendEntry("10-50 %", "#c9a227", 0.1),
                LegendEntry("50-90 %", "#c2660a", 0.5),
                LegendEntry("> 90 %", "#b3261e", 0.9),
            ),
            by="p_overflow",
            note="Sensor berhenti di 100 %; sensor diam berarti tidak diketahui, bukan kosong.",
            note_en="Sensors stop at 100 %; a silent sensor means unknown, never empty.",
        ),
        attribution="Analisis kota",
        theme=Theme.PLANNING,
        time=TimeField("made_at"),
    )
)  # fmt: skip
