"""What of the city's folder is loaded: a digest for each part, so that loading twice is nothing."""

from __future__ import annotations

from django.db import models


class CityPart(models.Model):
    """One part of the folder (streets, bins, ...) as it was last loaded."""

    name = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 over the part's files")
    rows = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
