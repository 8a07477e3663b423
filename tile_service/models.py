"""What `publish_layers` compiled from the declarations; the raw tile server reads only this."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class PublishedLayer(models.Model):
    """One face of one layer, ready to be served."""

    slug = models.CharField(max_length=42)
    face = models.CharField(max_length=8)
    kind = models.CharField(max_length=8, help_text="feature, hex or raster")
    open_to_all = models.BooleanField(help_text="may be read with the token `pub`")
    view = models.CharField(max_length=63, blank=True, help_text="its view in schema `published`")
    login = models.CharField(max_length=63, blank=True, help_text="its login; empty: the app's")
    spec = models.JSONField(help_text="zooms, columns, time bucket, attribution")
    version = models.CharField(max_length=16, help_text="digest of all that shapes the bytes")
    epoch = models.BigIntegerField(default=0, help_text="number of its last change")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("slug", "face"), name="one_row_per_face")]

    def __str__(self) -> str:
        return f"{self.slug} ({self.face})"


class PublishedTable(models.Model):
    """A table that a face is read from: a change in it changes the face's tiles."""

    relation = models.CharField(max_length=63, db_index=True)
    layer = models.ForeignKey(PublishedLayer, on_delete=models.CASCADE, related_name="tables")

    def __str__(self) -> str:
        return self.relation


class Outbox(models.Model):
    """Tables touched by committed transactions, written by triggers, not yet numbered."""

    relation = models.CharField(max_length=63)

    class Meta:
        db_table = "tile_service_outbox"

    def __str__(self) -> str:
        return self.relation


class Change(models.Model):
    """Numbered changes: `id` rises in the order in which changes became visible."""

    slug = models.CharField(max_length=42)
    face = models.CharField(max_length=8)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.pk} {self.slug}"
