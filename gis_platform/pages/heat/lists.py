"""The list twin in pages: each list says how many rows there are and leads to the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from gis_platform.pages.heat import answers, map_data
from layers.errors import BadInput
from layers.gate.whole import whole
from spatial_analysis.models import Run

ROWS_A_PAGE = 100
MOST_AT_ONCE = 1000
MOST_START = 10**9


class BadPart(BadInput):
    """`mulai` adalah angka mulai 0, `banyak` angka 1 sampai 1000."""

    code = "BAD_PART"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of the page: its study, its rows, the word for its page in the address."""

    study: str
    rows: Callable[[Run], QuerySet[Any]]
    word: str
    named: bool  # rows have a category, which is shown by name


LISTINGS = {
    "alarms": Listing("incident_alarms", map_data.alarms_of, "hal_naik", True),
    "changes": Listing("incident_changes", map_data.sure_changes_of, "hal_beda", False),
    "histories": Listing("emerging_incidents", map_data.histories_of, "hal_riwayat", True),
    "leaks": Listing("water_leaks", map_data.leaks_of, "hal_bocor", False),
}


def paged(done: dict[str, Run], query: QueryDict) -> dict[str, Page[Any]]:
    """A page of each list that has an answer, as the address asks for."""
    return {
        name: page_of(listing, done[listing.study], query)
        for name, listing in LISTINGS.items()
        if listing.study in done
    }


def page_of(listing: Listing, run: Run, query: QueryDict) -> Any:
    """One page of rows; `query` on it leads to its neighbours with everything else kept."""
    page: Any = Paginator(listing.rows(run), ROWS_A_PAGE).get_page(query.get(listing.word))
    page.object_list = (
        answers.with_names(page.object_list) if listing.named else list(page.object_list)
    )
    others = query.copy()
    others.pop(listing.word, None)
    page.query, page.word = others.urlencode(), listing.word
    return page


def part_asked(request: HttpRequest) -> tuple[int, int | None]:
    """First row and how many of them a reader of the data wants. Raises BadPart."""
    start, many = whole(request.GET.get("mulai", "0")), request.GET.get("banyak")
    if start is None or start > MOST_START:
        raise BadPart
    if not many:
        return start, None
    asked = whole(many)
    if asked is None or not 1 <= asked <= MOST_AT_ONCE:
        raise BadPart
    return start, asked
