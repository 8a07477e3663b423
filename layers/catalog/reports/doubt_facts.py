"""Facts behind the doubt signals, asked of the database."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction
from django.db.models import Q

from layers.catalog.reports import candidates, doubt
from layers.catalog.reports.models import Door, Report
from layers.catalog.reports.photos import seen_before
from layers.catalog.reports.work import DoubtSignal

COPIED_WITHIN = timedelta(days=30)
BURST_WITHIN = timedelta(hours=1)


@transaction.atomic
def record(report: Report) -> list[doubt.Signal]:
    """Work out the signals of `report` and keep them; asked again, they are worked out anew.

    Two sendings of one report take turns.
    """
    Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    found = doubt.signals(facts_of(report))
    report.signals.filter(weights_version=doubt.WEIGHTS_VERSION).delete()
    DoubtSignal.objects.bulk_create(
        DoubtSignal(
            report=report,
            kind=signal.kind,
            points=signal.points,
            evidence=signal.evidence,
            weights_version=doubt.WEIGHTS_VERSION,
        )
        for signal in found
    )
    return found


def facts_of(report: Report) -> doubt.Facts:
    """Facts about one report."""
    copied_from, likeness = _copied(report)
    return doubt.Facts(
        at_sea=report.at_sea,
        sea_is_fine=report.category.sea_is_fine,
        words=report.words,
        copied_from=copied_from,
        copied_likeness=likeness,
        phone_last_hour=_burst(report),
        photo_seen_in=seen_before(report),
        photos=report.photos.count(),
        photo_wanted=report.category.photo_wanted and report.door == Door.FORM,
        others_near=_others(report),
        officer=report.door == Door.OFFICER,
    )


def _copied(report: Report) -> tuple[str, float]:
    """Number of the report whose words these are, told by another phone, and the likeness."""
    if len(report.words) < doubt.COPIED_SIGNS:
        return "", 0.0
    window = (report.received_at - COPIED_WITHIN, report.received_at)
    rows = Report.objects.filter(received_at__range=window, practice=report.practice)
    rows = rows.exclude(pk=report.pk).filter(words__trigram_similar=report.words)
    if report.phone_mark:
        rows = rows.exclude(phone_mark=report.phone_mark)
    near = rows.annotate(likeness=TrigramSimilarity("words", report.words))
    best = near.order_by("-likeness").values_list("number", "likeness").first()
    return (best[0], round(best[1], 2)) if best else ("", 0.0)


def _burst(report: Report) -> int:
    if not report.phone_mark:
        return 0
    window = (report.received_at - BURST_WITHIN, report.received_at)
    same = Report.objects.filter(phone_mark=report.phone_mark, received_at__range=window)
    return same.count()


def _others(report: Report) -> int:
    """Independent phones that told the same within the category's radius and an hour."""
    if report.geom is None:
        return 0
    window = Q(
        received_at__gte=report.received_at - BURST_WITHIN, received_at__lte=report.received_at
    )
    rows = candidates.within(report, report.category.duplicate_radius_m).filter(window)
    marks = rows.exclude(phone_mark__in=("", report.phone_mark)).values("phone_mark").distinct()
    return marks.count()
