"""The record of imports: which file went where, what became of its rows, who did it and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ImportState(models.TextChoices):
    """How far an import got."""

    PREVIEWED = "previewed", "pratinjau"
    LOADED = "loaded", "tersimpan"
    REFUSED = "refused", "ditolak"


class ImportJob(models.Model):
    """One file for one layer; the same file and target are one loaded job, never two."""

    target = models.CharField(max_length=42, help_text="slug of the layer")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    stated = models.JSONField(default=dict, help_text="format, CRS, columns as the person said")
    state = models.CharField(max_length=9, choices=ImportState.choices)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    repaired = models.PositiveIntegerField(default=0)
    inserted = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    at = models.DateTimeField()
    stored_name = models.CharField(max_length=80, blank=True, help_text="upload awaiting a yes")

    class Meta:
        ordering = ("-at", "-id")
        verbose_name = "impor"
        verbose_name_plural = "impor"
        constraints = [
            models.UniqueConstraint(
                fields=("sha256", "target"),
                condition=models.Q(state="loaded"),
                name="same_file_and_target_is_one_import",
            ),
            models.CheckConstraint(
                condition=models.Q(rows=models.F("accepted") + models.F("rejected")),
                name="import_accepted_plus_rejected_is_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} → {self.target} ({self.state})"
