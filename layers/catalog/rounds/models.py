"""Rounds: what each crew does on a day, in order; and the stops that nobody could serve."""

from __future__ import annotations

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q

from layers.catalog.bins import WasteBin
from layers.catalog.places import Island
from layers.catalog.skills import names_of
from layers.catalog.vehicles import Vehicle
from layers.columns import STORED_SRID, geo_check, needs_field, tile_index, tile_twin

USER = settings.AUTH_USER_MODEL


class PlanState(models.TextChoices):
    """How far a day's plan is."""

    DRAFT = "draft", "rancangan"
    PUBLISHED = "published", "terbit"
    REPLACED = "replaced", "diganti"


class RoundPlan(models.Model):
    """One answer to "who fetches what on this day"; several drafts may lie beside each other."""

    on = models.DateField(help_text="day of the rounds, in the city's own time")
    state = models.CharField(max_length=9, choices=PlanState.choices, default=PlanState.DRAFT)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    seed = models.PositiveIntegerField(default=1)
    run_id = models.BigIntegerField(null=True, blank=True, help_text="the recorded run")
    network_version = models.CharField(max_length=64)
    checked = models.BooleanField(default=False, help_text="the independent checker passed it")
    took_s = models.FloatField(default=0)
    asked = models.PositiveIntegerField(default=0, help_text="stops asked for")
    tip_queue_s = models.PositiveIntegerField(
        default=0, help_text="seconds of queue expected at a tip, before weighing and tipping"
    )
    tip_queues_s = models.JSONField(
        default=dict, blank=True, help_text="the same of single tips, by the tip's code"
    )
    compared = models.JSONField(
        default=dict, blank=True, help_text="these stops in the order of the plan before"
    )

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(checked=True),
                name="only_checked_plans_are_published",
            )
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} #{self.pk}"

    def queue_at_s(self, tip: str) -> int:
        """Seconds of queue expected at the tip with this code."""
        return int(self.tip_queues_s.get(tip, self.tip_queue_s))


class RoundState(models.TextChoices):
    """How far a crew is with its round."""

    PLANNED = "planned", "direncanakan"
    UNDERWAY = "underway", "di jalan"
    FINISHED = "finished", "selesai"


class RoundQuerySet(models.QuerySet["Round"]):
    """Reads of rounds."""

    def of_crew(self, user: object) -> RoundQuerySet:
        """Published rounds that `user` drives; the only ones a crew may see."""
        return self.driven_by(user).filter(plan__state=PlanState.PUBLISHED)

    def driven_by(self, user: object) -> RoundQuerySet:
        """Rounds that `user` is named for; where nobody is, those of the vehicles it crews."""
        named = Round.crew.through.objects.filter(round=models.OuterRef("pk"))
        of_vehicle = Vehicle.crew.through.objects.filter(vehicle=models.OuterRef("vehicle"))
        mine = Q(models.Exists(named.filter(user=user)))
        standing = Q(models.Exists(of_vehicle.filter(user=user))) & ~Q(models.Exists(named))
        return self.filter(mine | standing)


class Round(models.Model):
    """What one vehicle does on one day."""

    plan = models.ForeignKey(RoundPlan, on_delete=models.CASCADE, related_name="rounds")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, related_name="rounds")
    crew = models.ManyToManyField(
        USER, blank=True, related_name="+", help_text="who drives that day; empty: the vehicle's"
    )
    number = models.PositiveSmallIntegerField(help_text="1, 2, ... within its plan")
    state = models.CharField(max_length=8, choices=RoundState.choices, default=RoundState.PLANNED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    drive_s = models.PositiveIntegerField()
    wait_s = models.PositiveIntegerField()
    service_s = models.PositiveIntegerField()
    length_m = models.PositiveIntegerField()
    load_max_l = models.PositiveIntegerField()
    load_max_kg = models.PositiveIntegerField()
    geom = models.MultiLineStringField(srid=STORED_SRID)
    tile_geom = tile_twin(models.MultiLineStringField)
    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ("plan", "number")
        indexes = [tile_index("round")]
        constraints = [
            geo_check("round"),
            models.UniqueConstraint(fields=("plan", "vehicle"), name="one_round_a_vehicle"),
            models.CheckConstraint(
                condition=Q(starts_at__lte=F("ends_at")), name="round_starts_before_it_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle} · {self.plan.on:%Y-%m-%d}"


class LegKind(models.TextChoices):
    """How a leg is travelled."""

    DRIVE = "drive", "jalan"
    FERRY = "ferry", "feri"


class RoundLeg(models.Model):
    """One drive or crossing; `order` runs through legs and stops together."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="legs")
    order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=5, choices=LegKind.choices)
    start_name = models.CharField(max_length=120)
    end_name = models.CharField(max_length=120)
    departs_at = models.DateTimeField()
    arrives_at = models.DateTimeField()
    length_m = models.PositiveIntegerField(default=0)
    steps = models.JSONField(default=list, help_text="turn, street, length_m, bearing_deg")
    ferry = models.JSONField(
        null=True, blank=True, help_text="service, departure, be_there, next, last, spare_s"
    )
    geom = models.LineStringField(srid=STORED_SRID, null=True, blank=True)
    tile_geom = tile_twin(models.LineStringField)

    class Meta:
        ordering = ("round", "order")
        indexes = [tile_index("roundleg")]
        constraints = [
            geo_check("roundleg"),
            models.UniqueConstraint(fields=("round", "order"), name="one_leg_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.start_name} → {self.end_name}"


class StopKind(models.TextChoices):
    """What is done at a stop."""

    BIN = "bin", "bak sampah"
    WORK = "work", "perintah kerja"
    TIP = "tip", "bongkar"


class StopState(models.TextChoices):
    """How far a crew is with a stop."""

    PLANNED = "planned", "menunggu"
    STARTED = "started", "dikerjakan"
    DONE = "done", "selesai"
    SKIPPED = "skipped", "dilewati"


OPEN_STATES = (StopState.PLANNED, StopState.STARTED)
WITHDRAWN = "-"  # reason of a stop that no crew skipped: desk or order took it off


class RoundStop(models.Model):
    """One place on a round, with the time the crew is expected there and the load after it."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stops")
    order = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(help_text="what the crew and the map call it")
    kind = models.CharField(max_length=4, choices=StopKind.choices)
    code = models.CharField(max_length=60, help_text="label of the bin, number of the order")
    label = models.CharField(max_length=160)
    bin = models.ForeignKey(WasteBin, null=True, blank=True, on_delete=models.SET_NULL)
    work_order_id = models.BigIntegerField(null=True, blank=True)
    fill_pct = models.PositiveSmallIntegerField(null=True, blank=True)
    stale = models.BooleanField(default=False)
    load_l = models.PositiveIntegerField(default=0)
    load_kg = models.PositiveIntegerField(default=0)
    service_s = models.PositiveIntegerField(default=0)
    arrives_at = models.DateTimeField()
    leaves_at = models.DateTimeField()
    load_after_l = models.PositiveIntegerField(default=0)
    load_after_kg = models.PositiveIntegerField(default=0)
    side = models.SmallIntegerField(default=0, help_text="-1 left, 1 right, 0 on the street")
    snap_m = models.FloatField(default=0, help_text="metres from the street")
    state = models.CharField(max_length=7, choices=StopState.choices, default=StopState.PLANNED)
    state_at = models.DateTimeField(null=True, blank=True)
    skip_reason = models.CharField(max_length=200, blank=True)
    opens = models.TimeField(null=True, blank=True, help_text="served no earlier, city's time")
    closes = models.TimeField(null=True, blank=True, help_text="begun no later, city's time")
    needs = needs_field()
    locked = models.BooleanField(
        default=False, help_text="no computation moves it to another vehicle or place in the order"
    )
    photo = models.CharField(max_length=40, blank=True, help_text="name of the proof")
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)

    class Meta:
        ordering = ("round", "order")
        indexes = [tile_index("roundstop")]
        constraints = [
            geo_check("roundstop"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(kind="tip") | ~Q(photo=""),
                name="done_needs_a_photo",
            ),
            models.CheckConstraint(
                condition=~Q(state="skipped") | ~Q(skip_reason=""),
                name="skipped_needs_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.label}"

    @property
    def is_open(self) -> bool:
        """True while the crew still has to go there."""
        return self.state in OPEN_STATES

    @property
    def needs_words(self) -> str:
        """Skills that it needs, by name, in the reader's language; "" for most."""
        return names_of(self.needs)

    @property
    def is_withdrawn(self) -> bool:
        """True for a stop that desk or order took off a round, kept for a crew that is away."""
        return self.state == StopState.SKIPPED and self.skip_reason == WITHDRAWN


class StopEvent(models.Model):
    """What happened at a stop; lines are added, never edited."""

    stop = models.ForeignKey(RoundStop, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=7, choices=StopState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    send_key = models.CharField(max_length=40, blank=True, help_text="one per tap of the phone")

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("stop", "send_key"), condition=~Q(send_key=""), name="one_event_a_tap"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stop} {self.state}"


class StopMove(models.Model):
    """A dispatcher gave a stop to another round; lines are added, never edited.

    A phone that was away may still speak of a stop that its crew had: it is heard.
    """

    stop = models.ForeignKey(RoundStop, on_delete=models.CASCADE, related_name="moves")
    from_round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.stop}: {self.from_round}"


class UnservedStop(models.Model):
    """A stop that was asked for and that no round serves, with the proven reason."""

    plan = models.ForeignKey(RoundPlan, on_delete=models.CASCADE, related_name="unserved")
    kind = models.CharField(max_length=4, choices=StopKind.choices)
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=160)
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.SET_NULL)
    reason = models.CharField(max_length=24)
    detail = models.CharField(max_length=200, blank=True)
    nearest_street_m = models.FloatField(null=True, blank=True)
    opens = models.TimeField(null=True, blank=True, help_text="served no earlier, city's time")
    closes = models.TimeField(null=True, blank=True, help_text="begun no later, city's time")
    needs = needs_field()
    fill_pct = models.PositiveSmallIntegerField(null=True, blank=True)
    stale = models.BooleanField(default=False)
    geom = models.PointField(srid=STORED_SRID)
    tile_geom = tile_twin(models.PointField)

    class Meta:
        ordering = ("plan", "reason", "code")
        indexes = [tile_index("unservedstop")]
        constraints = [geo_check("unservedstop")]

    def __str__(self) -> str:
        return f"{self.label}: {self.reason}"

    @property
    def needs_words(self) -> str:
        """Skills that it needs, by name, in the reader's language; "" for most."""
        return names_of(self.needs)
