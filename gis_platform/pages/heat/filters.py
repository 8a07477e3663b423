"""The filter bar of the heat pages: words in the address, parameters of the studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from gis_platform.maps import localized
from layers.access import Role
from layers.catalog.categories import ON_THE_PUBLIC_MAP, Category
from layers.catalog.incident_cells import OffsetKind
from layers.catalog.places import Island
from layers.errors import BadInput, NotFound
from layers.gate.whole import whole

HIDDEN_FOR = frozenset({Role.OPERATOR, Role.ADMIN})
WORDS = {
    "kategori": "category", "pulau": "island", "hari": "days", "dari": "from", "sampai": "to",
    "banding": "offset", "lawan_dari": "against_from", "lawan_sampai": "against_to",
    "tumpukan": "piles",
}  # fmt: skip
OF_ONE_STUDY = {  # further parameters that only one study knows
    "against_from": "incident_changes", "against_to": "incident_changes",
}  # fmt: skip
WITHOUT_PILES = ("water_leaks",)  # it counts reporters: a default address is none of its own
DAYS = (7, 30, 90, 365)


class BadDays(BadInput):
    """Panjang periode ditulis dengan angka hari, misalnya 30."""

    code = "BAD_DAYS"


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen in the bar, and what each study is asked with (nothing chosen: {})."""

    chosen: dict[str, str]

    @classmethod
    def of(cls, query: QueryDict, roles: frozenset[Role]) -> Filters:
        """Read the address or a form. Raises BadDays, NotFound (a category not for this role)."""
        chosen = {name: query.get(name, "").strip() for name in WORDS}
        if chosen["hari"] and whole(chosen["hari"]) is None:
            raise BadDays
        if chosen["dari"] or chosen["sampai"]:
            chosen["hari"] = ""
        if chosen["kategori"] and not categories(roles).filter(pk=chosen["kategori"]).exists():
            raise NotFound
        return cls(chosen)

    def params(self, study: str) -> dict[str, Any]:
        """Parameters of one study."""
        given = {WORDS[name]: value for name, value in self.chosen.items() if value}
        mine = {
            name: value for name, value in given.items() if OF_ONE_STUDY.get(name, study) == study
        }
        if study in WITHOUT_PILES:
            mine.pop("piles", None)
        return mine | ({"days": int(mine["days"])} if "days" in mine else {})

    @property
    def on(self) -> int:
        """How many filters narrow the view."""
        return sum(bool(value) for value in self.chosen.values())


def categories(roles: frozenset[Role]) -> Any:  # Any: a queryset of Category
    """Categories that somebody with these roles may ask for by name."""
    if roles & HIDDEN_FOR:
        return Category.objects.all()
    return Category.objects.filter(public_precision__in=ON_THE_PUBLIC_MAP)


def choices(roles: frozenset[Role]) -> dict[str, Any]:
    """What the filter bar offers."""
    return {
        "categories": [(row.pk, localized(row.name, row.name_en)) for row in categories(roles)],
        "islands": Island.objects.filter(kelurahan__people__gt=0).distinct(),
        "days": [(str(n), _("%(n)s hari") % {"n": n}) for n in DAYS],
        "offsets": [(kind.value, _(str(kind.label))) for kind in OffsetKind],
    }
