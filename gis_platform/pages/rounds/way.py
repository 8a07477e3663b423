"""From here to there: a page with two places on a map, and the answer as data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.maps import map_config
from layers.errors import BadInput
from layers.geography import city
from spatial_analysis.methods.speeds import Profile
from spatial_analysis.studies.route import Place, as_feature, route

VEHICLES = (
    (Profile.TRUCK, gettext_lazy("Truk")),
    (Profile.PICKUP, gettext_lazy("Pikap")),
    (Profile.THREE_WHEELER, gettext_lazy("Roda tiga")),
    (Profile.MOTORCYCLE, gettext_lazy("Motor")),
    (Profile.AMBULANCE, gettext_lazy("Ambulans")),
    (Profile.FOOT, gettext_lazy("Jalan kaki")),
)


@require_safe
def way_page(request: HttpRequest) -> HttpResponse:
    """The map on which two places are tapped."""
    context = {"vehicles": VEHICLES, "map_config": map_config(request, slugs=("streets",))}
    return render(request, "rounds/way.html", context)


@require_safe
def way_data(request: HttpRequest) -> HttpResponse:
    """The way from `dari` to `ke` (lon,lat) for `kendaraan`, as a GeoJSON feature."""
    wanted = profile_of(request.GET.get("kendaraan", ""))
    ends = [place_of(request.GET.get(name, "")) for name in ("dari", "ke")]
    found = route(ends[0], ends[1], wanted, language=get_language() or "id")
    return JsonResponse(as_feature(found), content_type="application/geo+json")


def profile_of(text: str) -> Profile:
    """Read a kind of vehicle, a truck when none is named; raises BadInput."""
    if (text or Profile.TRUCK.value) not in set(Profile):
        raise BadInput(_("Jenis kendaraan tidak dikenal."))
    return Profile(text or Profile.TRUCK.value)


def place_of(text: str) -> Place:
    """Read "lon,lat"; raises BadInput outside the city's box."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(_("Tulis tempat sebagai bujur,lintang.")) from error
    if not city().holds(lon, lat):
        raise BadInput(_("Tempat itu di luar kota."))
    return lon, lat
