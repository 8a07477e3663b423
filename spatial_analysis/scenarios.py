"""Scenarios: placements that a person keeps by name, compares and approves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify

from layers.catalog import wifi_health
from layers.catalog.places import Island, Kelurahan
from layers.catalog.wifi import WifiHotspot, WifiStatus
from layers.catalog.wifi_dropped import drop_planned, planned_without
from layers.catalog.wifi_proposals import WifiProposal
from layers.errors import BadInput, NotFound

STANDING = ("hidupkan", "rencana")  # kinds of candidates that are wifi hotspots already
PLANNED_CODE, WHOLE_DAY_H = "rencana-", 24


class NameTaken(BadInput):
    """Nama skenario ini sudah dipakai untuk hitungan lain; pilih nama lain."""

    code = "NAME_TAKEN"


class NothingToKeep(BadInput):
    """Hanya hitungan yang selesai dapat disimpan sebagai skenario."""

    code = "NOTHING_TO_KEEP"


class WifiScenario(models.Model):
    """A finished wifi placement with a name."""

    name = models.CharField(max_length=60, unique=True)
    run = models.ForeignKey("spatial_analysis.Run", on_delete=models.CASCADE, related_name="+")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    saved_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name


def is_taken(*, run: Any, name: str) -> bool:
    """True when another placement is kept by this name."""
    return WifiScenario.objects.filter(name=name.strip()).exclude(run=run).exists()


@transaction.atomic
def keep(*, run: Any, name: str, by: Any) -> WifiScenario:
    """Keep a finished placement as the scenario `name`. Raises NothingToKeep, NameTaken."""
    if run.study != "wifi_placement" or run.state != "done":
        raise NothingToKeep
    kept, made = WifiScenario.objects.get_or_create(
        name=name.strip(), defaults={"run": run, "saved_by": by}
    )
    if not made and kept.run_id != run.pk:
        raise NameTaken
    return kept


@transaction.atomic
def approve(*, scenario_id: int, by: Any) -> WifiScenario:
    """Make this scenario the plan that all maps show; its sites become planned wifi hotspots.

    Raises NotFound.
    """
    scenario = WifiScenario.objects.select_for_update().filter(pk=scenario_id).first()
    if scenario is None:
        raise NotFound
    WifiScenario.objects.exclude(pk=scenario.pk).update(approved_at=None, approved_by=None)
    scenario.approved_by, scenario.approved_at = by, timezone.now()
    scenario.save(update_fields=["approved_by", "approved_at"])
    WifiProposal.objects.show(scenario.run_id, approved=True)
    plan_hotspots(scenario)
    return scenario


def planned_code(row: WifiProposal) -> str:
    """Code of the wifi hotspot that a site becomes; "" where it stands already."""
    kind, _colon, code = row.candidate.partition(":")
    return "" if kind in STANDING else f"{PLANNED_CODE}{slugify(code)}"[:60]


def would_drop(scenario: WifiScenario) -> list[WifiHotspot]:
    """Planned wifi hotspots that approving `scenario` takes off the map, by name."""
    rows = WifiProposal.objects.of_run(scenario.run_id)
    return list(planned_without(map(planned_code, rows)))


def plan_hotspots(scenario: WifiScenario) -> int:
    """Make a planned wifi hotspot of each approved site; how many are planned now.

    Those of an earlier approval that nobody built and that this plan does not hold go away, and
    stay known by their code; one that speaks or serves by now stays what it is. A site that
    stands already (off, or planned before) is not made twice.
    """
    rows = list(WifiProposal.objects.of_run(scenario.run_id))
    approved_at = scenario.approved_at or timezone.now()
    drop_planned(but=map(planned_code, rows), at=approved_at)
    WifiHotspot.objects.exclude(planned_run=None).update(planned_run=None)
    for row in rows:
        kind, _colon, code = row.candidate.partition(":")
        if kind in STANDING:
            WifiHotspot.objects.filter(code=code).update(planned_run=scenario.run_id)
            continue
        _plan_one(scenario, row, approved_at)
    return len(rows)


def _plan_one(scenario: WifiScenario, row: WifiProposal, approved_at: datetime) -> None:
    """Make or renew the planned hotspot of a site; one that was built meanwhile keeps its facts."""
    home = Kelurahan.objects.select_related("island").filter(geom__contains=row.geom).first()
    facts = {
        "planned_run": scenario.run_id,
        "planned_from": row.candidate,
        "name": row.name,
        "status": WifiStatus.PLANNED,
        "status_since": wifi_health.local_day(approved_at),
        "power_hours": WHOLE_DAY_H if row.solar else row.power_hours,
        "island": home.island if home else Island.objects.filter(name=row.island).first(),
        "kelurahan": home,
        "source": f"skenario {scenario.name}"[:200],
        "geom": row.geom,
        "origin": row.origin,
    }
    code = planned_code(row)
    standing = WifiHotspot.objects.filter(code=code).exclude(status=WifiStatus.PLANNED)
    if standing.exists():
        standing.update(planned_run=scenario.run_id)
    else:
        WifiHotspot.objects.update_or_create(code=code, defaults=facts)


def forget(*, scenario_id: int) -> None:
    """Take a scenario off the list; its run and figures stay. Raises NotFound."""
    if not WifiScenario.objects.filter(pk=scenario_id, approved_at=None).delete()[0]:
        raise NotFound
