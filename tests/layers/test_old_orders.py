"""Orders made before their words were the public's lose their reporters' numbers, once."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from layers.catalog.rounds.models import RoundLeg, RoundStop
from layers.catalog.work_orders import WorkOrder, create_from_report
from tests.layers.reports.conftest import tell, toy
from tests.round_town import planned_stop

__all__ = ["tell", "toy"]
pytestmark = pytest.mark.django_db
migration = import_module("layers.migrations.0022_orders_say_no_telephone_number")
TOLD = "Sampah di depan RT 03, hubungi saya 0812-3456-7890 atau ibu@contoh.id"
CLEAN = "Sampah di depan RT 03, hubungi saya […] atau […]"


def old_order(report, words=None):
    """An order of `report` as it was made before: in the reporter's own words."""
    order = create_from_report(report)
    WorkOrder.objects.filter(pk=order.pk).update(words=(words or report.words)[:300])
    return order


def words_of(order):
    """Its words as they stand."""
    return WorkOrder.objects.get(pk=order.pk).words


def test_an_old_order_says_what_one_made_today_says(tell):
    told = tell(words=TOLD)
    made_today = words_of(create_from_report(told))
    order = old_order(told)
    assert words_of(order) == TOLD
    migration.clean(apps, None)
    assert words_of(order) == made_today == CLEAN


def test_a_number_cut_in_two_by_the_length_of_an_order_goes_whole(tell):
    told = tell(words="x" * 290 + " 0812 3456 7890")
    order = old_order(told)
    assert words_of(order).endswith(" 0812 3456")
    migration.clean(apps, None)
    assert words_of(order) == "x" * 290 + " […]"


def test_words_that_somebody_looked_at_and_orders_without_numbers_stay(tell):
    seen = tell(words=TOLD)
    seen.public_words = "Kantor lurah, telepon 0921 312 3456"
    seen.save(update_fields=["public_words"])
    order, plain = old_order(seen, seen.public_words), old_order(tell(words="Tumpukan di RT 03"))
    migration.clean(apps, None)
    assert words_of(order) == "Kantor lurah, telepon 0921 312 3456"
    assert words_of(plain) == "Tumpukan di RT 03"


def test_a_finding_of_many_reports_loses_numbers_too_and_a_second_run_changes_nothing(tell):
    order = old_order(tell(words="Satu"), TOLD)
    order.reports.add(tell(words="Dua"))
    migration.clean(apps, None)
    assert words_of(order) == CLEAN
    migration.clean(apps, None)
    assert words_of(order) == CLEAN


def test_stops_that_took_their_labels_from_orders_are_cleaned_with_them(tell):
    told = tell(words="y" * 110 + " 0812 3456 7890")
    order, stop = old_order(told), planned_stop()
    bins = RoundStop.objects.get(pk=stop.pk)
    leg = RoundLeg.objects.create(
        round=stop.round, order=9, kind="drive", start_name=told.words[:120], end_name="TPA",
        departs_at=stop.leaves_at, arrives_at=stop.leaves_at,
    )  # fmt: skip
    RoundStop.objects.filter(pk=stop.pk).update(
        kind="work", code=str(order.pk), label=told.words[:160]
    )
    bins.pk, bins.kind, bins.label, bins.order = None, "bin", "Bak 123456789", bins.order + 1
    bins.save()
    migration.clean(apps, None)
    assert RoundStop.objects.get(pk=stop.pk).label == "y" * 110 + " […]"
    assert RoundStop.objects.get(pk=bins.pk).label == "Bak 123456789"
    leg.refresh_from_db()
    assert (leg.start_name, leg.end_name) == ("y" * 110 + " […]", "TPA")
