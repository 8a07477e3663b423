"""What a wifi placement was worked out from, kept so that a moved site is counted at once."""

from __future__ import annotations

from django.db import models

KEPT = 60  # frames of the newest placements; those of scenarios stay besides


class PlanFrame(models.Model):
    """Cells, candidates and who reaches whom, of one run, as one compressed NumPy archive."""

    run = models.OneToOneField(
        "spatial_analysis.Run", on_delete=models.CASCADE, related_name="plan_frame"
    )
    packed = models.BinaryField()

    class Meta:
        ordering = ("-run_id",)

    def __str__(self) -> str:
        return f"frame of run {self.run_id}"
