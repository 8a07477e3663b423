"""Runs: who asked which question, with what parameters, on which inputs, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RunState(models.TextChoices):
    """How far a run is."""

    QUEUED = "queued", "antre"
    RUNNING = "running", "berjalan"
    DONE = "done", "selesai"
    REFUSED = "refused", "ditolak"
    FAILED = "failed", "gagal"
    CANCELLED = "cancelled", "dibatalkan"


class Run(models.Model):
    """One answer of a study. Equal study, params, seed and inputs give an equal digest."""

    study = models.SlugField(max_length=40)
    params = models.JSONField(default=dict)
    seed = models.PositiveBigIntegerField(default=0)
    inputs = models.JSONField(default=dict, help_text="version of each input layer")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    state = models.CharField(max_length=9, choices=RunState.choices, default=RunState.QUEUED)
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True, help_text="taken back then")
    progress_pct = models.PositiveSmallIntegerField(default=0)
    sentence = models.TextField(blank=True, help_text="the answer, or why there is none")
    summary = models.JSONField(default=dict, help_text="figures of the answer")
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("study", "state", "-id"), name="run_latest")]

    def __str__(self) -> str:
        return f"{self.study} #{self.pk}"


class ReportChange(models.Model):
    """A report that was written, changed or taken away since the standing answers; by a trigger."""

    report_id_number = models.BigIntegerField(null=True, help_text="none: too many to name")

    def __str__(self) -> str:
        return str(self.report_id_number or "*")


from spatial_analysis.plan_frames import PlanFrame  # noqa: E402  (tables beside their actions)
from spatial_analysis.scenarios import WifiScenario  # noqa: E402

__all__ = ["PlanFrame", "ReportChange", "Run", "RunState", "WifiScenario"]
