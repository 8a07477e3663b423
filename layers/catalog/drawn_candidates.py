"""Drawing candidate sites of WiFi plans, and taking them away again."""

from __future__ import annotations

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.text import slugify

from layers.catalog.reports.places import locate
from layers.catalog.wifi_candidates import WifiCandidate
from layers.errors import BadInput, NotFound
from layers.spec import Origin

DAY_H = 24


class CandidateAtSea(BadInput):
    """Titik itu di laut; geser ke darat."""

    code = "CANDIDATE_AT_SEA"


class CandidateNeedsAName(BadInput):
    """Beri nama tempatnya, dan listriknya dalam jam sehari (1 sampai 24)."""

    code = "CANDIDATE_NEEDS_A_NAME"


@transaction.atomic
def draw(*, place: Point, name: str, power_hours: int, by: str) -> WifiCandidate:
    """Add a candidate at `place` (degrees). Raises CandidateAtSea, CandidateNeedsAName."""
    name = " ".join(name.split())[:120]
    if not name or not 1 <= power_hours <= DAY_H:
        raise CandidateNeedsAName
    found = locate(place)
    if found.at_sea:
        raise CandidateAtSea
    start = f"gambar-{slugify(name)[:40] or 'titik'}"
    taken = set(WifiCandidate.objects.filter(code__startswith=start).values_list("code", flat=True))
    names = (start, *(f"{start}-{number}" for number in range(2, len(taken) + 3)))
    return WifiCandidate.objects.create(
        code=next(code for code in names if code not in taken),
        name=name,
        power_hours=power_hours,
        island=found.island,
        kelurahan=found.kelurahan,
        source=f"digambar oleh {by}"[:200],
        geom=place,
        origin=Origin.ESTIMATED,
    )


def take_away(code: str) -> None:
    """Remove a drawn or imported candidate; plans that chose it keep their figures.

    Raises NotFound.
    """
    if not WifiCandidate.objects.filter(code=code).delete()[0]:
        raise NotFound
