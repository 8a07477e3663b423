"""Planned wifi hotspots that a newer plan dropped: their printed posters still lead somewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.gis.db import models
from django.db import transaction
from django.utils import timezone

from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.columns import STORED_SRID, geo_check


class DroppedHotspot(models.Model):
    """A planned wifi hotspot that was never built; `code` is what its posters say."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    planned_on = models.DateField(null=True, help_text="day of the plan that held it")
    dropped_at = models.DateTimeField(help_text="when a plan without it was approved (UTC)")
    poster_made_at = models.DateTimeField(null=True, help_text="its last poster, if any")
    geom = models.PointField(srid=STORED_SRID)

    class Meta:
        ordering = ("code",)
        constraints = [geo_check("droppedhotspot")]

    def __str__(self) -> str:
        return self.name


def planned_without(codes: Iterable[str]) -> models.QuerySet[WifiHotspot]:
    """Hotspots that an approved plan put on the map, still unbuilt, and not among `codes`."""
    planned = WifiHotspot.objects.filter(status=WifiStatus.PLANNED, planned_from__gt="")
    return planned.exclude(code__in=list(codes)).order_by("name", "code")


@transaction.atomic
def drop_planned(*, but: Iterable[str], at: datetime) -> int:
    """Take planned hotspots off the map, all but those called `but`; how many went.

    What was dropped stays known by its code; a code that is planned again is dropped no more.
    """
    kept = list(but)
    DroppedHotspot.objects.filter(code__in=kept).delete()
    gone = list(planned_without(kept))
    for spot in gone:
        known = {
            "name": spot.name, "planned_on": spot.status_since, "dropped_at": at,
            "poster_made_at": spot.poster_made_at, "geom": spot.geom,
        }  # fmt: skip
        DroppedHotspot.objects.update_or_create(code=spot.code, defaults=known)
    WifiHotspot.objects.filter(pk__in=[spot.pk for spot in gone]).delete()
    return len(gone)


def note_posters(spots: Iterable[WifiHotspot]) -> None:
    """Remember that posters of these were made: nobody knows how many hang, but they may."""
    WifiHotspot.objects.filter(pk__in=[spot.pk for spot in spots]).update(
        poster_made_at=timezone.now()
    )
