"""What `publish_layers` compiled from the declarations; the raw tile server reads only this."""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models as gis
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from layers.geography import TILE_SRID


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
    publication = models.CharField(max_length=16, help_text="drawn anew whenever it changes")
    roles = models.CharField(max_length=100, blank=True, help_text="that see it, with commas")
    epoch = models.BigIntegerField(default=0, help_text="number of its last change")
    floor = models.BigIntegerField(default=0, help_text="last change that touched all its tiles")
    counted = models.BooleanField(default=False, help_text="its stored counts hold")
    low_digest = models.CharField(
        max_length=32, blank=True, help_text="digest of the geometry that low zooms were made from"
    )

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


def boxes_field() -> models.Field:
    """Boxes of Web Mercator metres: x0, y0, x1, y1, still; NULL: whole layer, empty: no place.

    still: 1 when only words changed there, and no row came, went or moved
    """
    return ArrayField(ArrayField(models.FloatField(), size=5), null=True)


class Outbox(models.Model):
    """What committed transactions touched of a face, noted by triggers, not yet numbered."""

    slug = models.CharField(max_length=42)
    face = models.CharField(max_length=8)
    boxes = boxes_field()

    class Meta:
        db_table = "tile_service_outbox"

    def __str__(self) -> str:
        return f"{self.slug} ({self.face})"


class Change(models.Model):
    """Numbered changes without gaps; `seq` rises in the order in which they became visible."""

    seq = models.BigIntegerField(primary_key=True)
    slug = models.CharField(max_length=42)
    face = models.CharField(max_length=8)
    boxes = boxes_field()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.pk} {self.slug}"


class TileEpoch(models.Model):
    """Last change of a tile, folded from changes that are no longer kept one by one."""

    slug = models.CharField(max_length=42)
    face = models.CharField(max_length=8)
    z = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    below = models.BooleanField(help_text="its deeper tiles changed too")
    seq = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("slug", "face", "z", "x", "y", "below"), name="one_epoch_a_tile"
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.z}/{self.x}/{self.y}"


class PreparedFile(models.Model):
    """A file made of one face for everybody who sees that face, for one state of its rows."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        WORKING = "working", "working"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    slug = models.CharField(max_length=42)
    face = models.CharField(max_length=8)
    form = models.CharField(max_length=10, help_text="ending of the file's name")
    digest = models.CharField(max_length=32, help_text="names the state of the rows")
    name = models.CharField(max_length=80, help_text="the name that people get, with its date")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    rows = models.PositiveIntegerField(null=True)
    truncated = models.BooleanField(default=False)
    bytes = models.PositiveBigIntegerField(null=True)
    asked_at = models.DateTimeField(db_default=Now())
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("slug", "face", "form", "digest"), name="one_file_per_state"
            )
        ]

    def __str__(self) -> str:
        return self.name


class CellCount(models.Model):
    """Rows of a face in one cell of the tile grid, of one day, of 32 days or of all."""

    face = models.ForeignKey(  # not checked row by row: publishing alone makes faces
        PublishedLayer, models.CASCADE, related_name="counts", db_constraint=False, db_index=False
    )
    level = models.SmallIntegerField(help_text="zoom of the tile grid whose tiles are the cells")
    span = models.SmallIntegerField(help_text="days that it covers: 1, 32, or 0 for all")
    day = models.IntegerField(help_text="its first day, from 1970 in the city's time; all: 0")
    qx = models.IntegerField()
    qy = models.IntegerField()
    n = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("face", "level", "span", "day", "qx", "qy"), name="one_count_a_cell"
            )
        ]

    def __str__(self) -> str:
        return f"{self.face_id} {self.level}/{self.qx}/{self.qy}: {self.n}"


class CellChange(models.Model):
    """Rows that a statement added to a cell of the finest grid (or took), not yet in its counts."""

    face = models.ForeignKey(
        PublishedLayer, models.CASCADE, related_name="changes", db_constraint=False, db_index=False
    )
    day = models.IntegerField(null=True, help_text="from 1970 in the city's time; none: no time")
    qx = models.IntegerField()
    qy = models.IntegerField()
    n = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=("face", "qx", "qy"), name="count_change_place")]

    def __str__(self) -> str:
        return f"{self.face_id} {self.qx}/{self.qy}: {self.n:+}"


class LowShape(models.Model):
    """A row's geometry as low zooms draw it."""

    face = models.ForeignKey(
        PublishedLayer, models.CASCADE, related_name="low_shapes", db_index=False
    )
    band = models.SmallIntegerField(help_text="deepest zoom that it is drawn at")
    row = models.BigIntegerField(help_text="feature id of its row")
    shape = gis.GeometryField(srid=TILE_SRID)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("face", "band", "row"), name="one_low_shape_a_row")
        ]

    def __str__(self) -> str:
        return f"{self.face_id} {self.band}: {self.row}"


class TokenGeneration(models.Model):
    """How often the tokens of a person or session were withdrawn; no row stands for never."""

    holder = models.CharField(primary_key=True, max_length=40)
    generation = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.holder}.{self.generation}"


class PersonalToken(models.Model):
    """A person's token for QGIS and scripts; only its digest is kept."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tile_tokens"
    )
    label = models.CharField(max_length=60, help_text="what it is for, in the person's words")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.label
