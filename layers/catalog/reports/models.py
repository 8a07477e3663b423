"""The report itself: what was told, where, and the state it is in."""

from __future__ import annotations

from typing import Any

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Case, Q, Value, When

from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.places import Island, Kelurahan
from layers.catalog.reports.states import (
    PUBLIC_OF,
    UNVERIFIED,
    WITHOUT_PLACE,
    PublicState,
    Resolution,
    State,
)
from layers.columns import STORED_SRID, geo_check, origin_field, tile_index, tile_twin

MOST_WORDS = 2000
MOST_WORDS_FROM_FILES = 20_000


class Door(models.TextChoices):
    """The way a report came in."""

    FORM = "form", "formulir web"
    OFFICER = "officer", "petugas"
    OPEN311 = "open311", "Open311"
    SP4N = "sp4n", "SP4N-LAPOR!"
    CALL = "112", "112"
    CHAT = "chat", "obrolan"
    SMS = "sms", "SMS"
    SAMPLE = "sample", "contoh sintetis"


class PlaceSource(models.TextChoices):
    """How its place was told."""

    PHONE = "phone", "posisi HP"
    TAP = "tap", "ketuk peta"
    KELURAHAN = "kelurahan", "kelurahan saja"
    DESK = "desk", "dipasang petugas"
    FILE = "file", "berkas"
    NONE = "none", "tanpa lokasi"


class ReportQuerySet(models.QuerySet["Report"]):
    """Reads of reports."""

    def real(self) -> ReportQuerySet:
        """Without practice reports."""
        return self.filter(practice=False)

    def published(self) -> ReportQuerySet:
        """What the public map may show: past a verdict, with a public place, by category."""
        return self.real().filter(
            published_at__isnull=False,
            public_geom__isnull=False,
            category__public_precision__in=ON_THE_PUBLIC_MAP,
            main_report__isnull=True,
        )

    def on_public_island(self, code: str) -> ReportQuerySet:
        """Reports whose public place lies on an island: a filter by the true one would tell it."""
        return self.filter(
            Q(public_cell="", island__code=code)
            | (~Q(public_cell="") & Q(public_kelurahan__island__code=code))
        )

    def unverified(self) -> ReportQuerySet:
        """What waits for a verdict."""
        return self.real().filter(state__in=UNVERIFIED)

    def open(self) -> ReportQuerySet:
        """Not closed."""
        return self.real().exclude(state=State.CLOSED)


class Report(models.Model):
    """What a citizen or officer tells. Only `report()` and `move()` write its state.

    The public knows `public_geom` alone. Where the category is blurred, the database shows there
    the secret `blurred_geom`, for all reports of a cell at once, while it holds enough of them.
    """

    client_id = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    number = models.CharField(max_length=20, unique=True)
    door = models.CharField(max_length=8, choices=Door.choices)
    door_ref = models.CharField(max_length=80, null=True, blank=True)
    source = models.SlugField(max_length=40, blank=True, help_text="file it was imported from")
    sp4n_id = models.CharField(max_length=60, null=True, blank=True, unique=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="reports")
    words = models.TextField(blank=True)
    public_words = models.TextField(blank=True)
    landmark = models.CharField(max_length=200, blank=True)
    place_source = models.CharField(max_length=9, choices=PlaceSource.choices)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True)
    at_sea = models.BooleanField(default=False)
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    kelurahan = models.ForeignKey(Kelurahan, null=True, blank=True, on_delete=models.PROTECT)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=17, choices=[(s.value, s.value) for s in State])
    public_state = models.GeneratedField(
        expression=Case(
            *(
                When(state__in=[s for s in State if PUBLIC_OF[s] is face], then=Value(face))
                for face in PublicState
            )
        ),
        output_field=models.CharField(max_length=21),
        db_persist=True,
    )
    resolution = models.CharField(
        max_length=22, null=True, blank=True, choices=[(r.value, r.value) for r in Resolution]
    )
    history_seq = models.PositiveIntegerField(default=1)
    row_version = models.PositiveIntegerField(default=1)
    urgent = models.BooleanField(default=False)
    follow_key_hash = models.CharField(max_length=64, blank=True)
    phone_mark = models.CharField(max_length=64, blank=True)
    main_report = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates"
    )
    supporters = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    contested_at = models.DateTimeField(null=True, blank=True)
    final_at = models.DateTimeField(null=True, blank=True)
    practice = models.BooleanField(default=False)
    origin = origin_field()
    geom = models.PointField(srid=STORED_SRID, null=True, blank=True)
    tile_geom = tile_twin(models.PointField)
    public_geom = models.PointField(
        srid=STORED_SRID,
        null=True,
        blank=True,
        help_text="by category: exact, one secret place in its blur cell once that holds five "
        "published reports, or none",
    )
    tile_public_geom = tile_twin(models.PointField, "public_geom")
    public_cell = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="blur cell; empty: exact"
    )
    blurred_geom = models.PointField(srid=STORED_SRID, null=True, blank=True)
    public_kelurahan = models.ForeignKey(
        Kelurahan, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = [
            tile_index("report"),
            tile_index("report", "tile_public_geom"),
            models.Index(fields=("state", "-received_at"), name="report_queue"),
            models.Index(fields=("category", "received_at"), name="report_category_time"),
            models.Index(
                fields=("published_at",),
                condition=Q(published_at__isnull=False),
                name="report_published",
            ),
            models.Index(
                fields=("public_cell",), condition=~Q(public_cell=""), name="report_public_cell"
            ),
            models.Index(fields=("phone_mark", "received_at"), name="report_phone"),
            GistIndex(fields=("words",), opclasses=("gist_trgm_ops",), name="report_words_trgm"),
        ]
        constraints = [
            geo_check("report"),
            geo_check("report", "public_geom"),
            geo_check("report", "blurred_geom"),
            models.UniqueConstraint(fields=("door", "door_ref"), name="report_door_ref"),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, resolution__isnull=False)
                | (~Q(state=State.CLOSED) & Q(resolution__isnull=True)),
                name="report_closed_has_resolution",
            ),
            models.CheckConstraint(
                condition=Q(geom__isnull=False) | Q(state__in=WITHOUT_PLACE) | Q(door=Door.SP4N),
                name="report_place",
            ),
            models.CheckConstraint(
                condition=Q(main_report__isnull=True) | Q(resolution=Resolution.DUPLICATE),
                name="report_main_only_for_duplicates",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | ~Q(state__in=UNVERIFIED),
                name="report_unverified_is_unpublished",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def public_area(self) -> str:
        """Kelurahan or island of the public place, in words."""
        if not self.public_cell:
            return self.area
        return self.public_kelurahan.name if self.public_kelurahan else ""

    @property
    def area(self) -> str:
        """Kelurahan or island, in words."""
        place: Any = self.kelurahan or self.island
        return place.name if place else ""
