"""Routing: category x area -> agency, with the reason shown. No hidden order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from layers.catalog.agencies import Agency
from layers.catalog.categories import Category
from layers.catalog.places import Island, Kelurahan


class RoutingRule(models.Model):
    """For reports of `category` in `kelurahan`, or on `island`, or anywhere: `agency`.

    The smaller area wins. Two rules of the same area are refused by the database, so a
    rule and only one rule answers.
    """

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="rules")
    kelurahan = models.ForeignKey(Kelurahan, null=True, blank=True, on_delete=models.PROTECT)
    island = models.ForeignKey(Island, null=True, blank=True, on_delete=models.PROTECT)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rules")
    note = models.CharField(max_length=200, blank=True)
    row_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("category", "kelurahan", "island")
        constraints = [
            models.UniqueConstraint(
                fields=("category", "kelurahan", "island"),
                nulls_distinct=False,
                name="routing_equal_rules",
            ),
            models.CheckConstraint(
                condition=Q(kelurahan__isnull=True) | Q(island__isnull=True),
                name="routing_one_area",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} · {self.area} → {self.agency}"

    @property
    def area(self) -> str:
        """Where the rule holds, in words."""
        if self.kelurahan:
            return _("Kelurahan %(name)s") % {"name": self.kelurahan.name}
        return self.island.name if self.island else _("seluruh kota")

    @property
    def rank(self) -> int:
        """2 for a kelurahan, 1 for an island, 0 for the city."""
        return 2 if self.kelurahan_id else 1 if self.island_id else 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The agency for a report, which rule said so (None: the category's own), and why."""

    agency: Agency
    rule: RoutingRule | None
    explained: str


def suggest(report: Any) -> Suggestion:
    """Agency for `report` (needs category, kelurahan_id, island_id), winner and losers named."""
    where = Q(kelurahan=None, island=None)
    if report.kelurahan_id:
        where |= Q(kelurahan=report.kelurahan_id)
    if report.island_id:
        where |= Q(island=report.island_id)
    rules = RoutingRule.objects.filter(where, category=report.category_id)
    ranked = sorted(
        rules.select_related("agency", "kelurahan", "island", "category"),
        key=lambda rule: -rule.rank,
    )
    if not ranked:
        category = report.category
        reason = _("%(category)s: tidak ada aturan khusus, instansi bawaan kategori")
        return Suggestion(category.default_agency, None, reason % {"category": category.label})
    first, losers = ranked[0], ranked[1:]
    told = _("Aturan %(id)d: %(category)s di %(area)s") % {
        "id": first.pk,
        "category": report.category.label,
        "area": first.area,
    }
    if first.note:
        told += f" ({first.note})"
    for loser in losers:
        told += "; " + _("kalah: aturan %(id)d, wilayah lebih luas (%(area)s)") % {
            "id": loser.pk,
            "area": loser.area,
        }
    return Suggestion(first.agency, first, told)
