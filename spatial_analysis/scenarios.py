"""Scenarios: placements that a person keeps by name, compares and approves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from layers.catalog.wifi_proposals import WifiProposal
from layers.errors import BadInput, NotFound


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
    """Make this scenario the plan that all maps show. Raises NotFound."""
    scenario = WifiScenario.objects.select_for_update().filter(pk=scenario_id).first()
    if scenario is None:
        raise NotFound
    WifiScenario.objects.exclude(pk=scenario.pk).update(approved_at=None, approved_by=None)
    scenario.approved_by, scenario.approved_at = by, timezone.now()
    scenario.save(update_fields=["approved_by", "approved_at"])
    WifiProposal.objects.show(scenario.run_id, approved=True)
    return scenario


def forget(*, scenario_id: int) -> None:
    """Take a scenario off the list; its run and figures stay. Raises NotFound."""
    if not WifiScenario.objects.filter(pk=scenario_id, approved_at=None).delete()[0]:
        raise NotFound
