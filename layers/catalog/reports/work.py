"""Work on a report: posts, assignments, follow-ups, validations, verdicts, clocks, doubts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from layers.catalog.agencies import Agency
from layers.catalog.reports.models import Report
from layers.catalog.reports.states import ClockKind
from layers.catalog.routing_rules import RoutingRule

USER = settings.AUTH_USER_MODEL


class Post(models.Model):
    """Somebody's post in an agency; an expired post holds no right."""

    user = models.ForeignKey(USER, on_delete=models.CASCADE, related_name="posts")
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="posts")
    unit = models.CharField(max_length=60, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "agency", "unit"), name="post_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.agency}"


class AssignmentState(models.TextChoices):
    """How far an assignment is."""

    OPEN = "open", "menunggu"
    ACCEPTED = "accepted", "diterima"
    HANDED_BACK = "handed_back", "dikembalikan"
    RECALLED = "recalled", "ditarik"
    DONE = "done", "selesai"


LIVE = (AssignmentState.OPEN, AssignmentState.ACCEPTED)


class Assignment(models.Model):
    """A report given to an agency, and why that one."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="assignments")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="assignments")
    unit = models.CharField(max_length=60, blank=True)
    rule = models.ForeignKey(RoutingRule, null=True, blank=True, on_delete=models.SET_NULL)
    rule_version = models.PositiveIntegerField(null=True, blank=True)
    explained = models.TextField()
    state = models.CharField(
        max_length=11, choices=AssignmentState.choices, default=AssignmentState.OPEN
    )
    made_at = models.DateTimeField()
    plan_at = models.DateField(null=True, blank=True)
    postponed = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("report", "agency"),
                condition=Q(state__in=LIVE),
                name="assignment_one_live",
            )
        ]

    def __str__(self) -> str:
        return f"{self.report} → {self.agency}"


class FollowUp(models.Model):
    """What was done, by whom, with which photo; waits for another person's look."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="follow_ups")
    assignment = models.ForeignKey(
        Assignment, null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    done_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)
    proposed = models.CharField(max_length=22)
    op_id = models.UUIDField(unique=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.report}: {self.proposed}"


class Validation(models.Model):
    """Another person's look at a follow-up. `done_by` is tied to the follow-up by the database."""

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="validations")
    done_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=[("baik", "baik"), ("pulang", "dipulangkan")])
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(by=F("done_by")), name="validation_by_another")
        ]

    def __str__(self) -> str:
        return f"{self.follow_up}: {self.outcome}"


class Verdict(models.Model):
    """What an operator decided, with the doubt signals as they stood then."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="verdicts")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    reason = models.CharField(max_length=60, blank=True)
    signals = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.report}: {self.kind}"


class DoubtSignal(models.Model):
    """Why a report looks doubtful (or sound, below 0). It never moves, hides or delays."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="signals")
    kind = models.SlugField(max_length=20)
    points = models.SmallIntegerField()
    evidence = models.JSONField(default=dict)
    weights_version = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ("-points", "kind")
        constraints = [
            models.UniqueConstraint(fields=("report", "kind", "weights_version"), name="doubt_once")
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.kind} {self.points:+d}"


class CalendarDay(models.Model):
    """A day off by decree (Idul Fitri, joint leave), or a Saturday that is worked."""

    day = models.DateField(unique=True)
    working = models.BooleanField(default=False)
    why = models.CharField(max_length=120)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day}: {self.why}"


class Clock(models.Model):
    """A promise that runs: due in working days. `started_seq` and `stopped_seq` let undo work."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="clocks")
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in ClockKind])
    started_at = models.DateTimeField()
    started_seq = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_seq = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(
        max_length=6,
        blank=True,
        choices=[("met", "tepat"), ("missed", "lewat"), ("void", "gugur")],
    )

    class Meta:
        ordering = ("due_at",)
        indexes = [
            models.Index(
                fields=("due_at",), condition=Q(stopped_at__isnull=True), name="clock_running"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("report", "kind"),
                condition=Q(stopped_at__isnull=True),
                name="clock_one_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.kind}"
