"""What a crew's phone keeps for a shift without a network: the app's own files and the map.

The map is the nightly archive of the base map where there is one, else a pack of the islands.

The service worker's text holds the list of its files and their digest; a changed file makes a
new text, and the phone fetches all of it anew. Files are found by following the imports of the
page's scripts, so that no list has to be kept by hand.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gis_platform.pages.rounds.lookup import found
from layers.catalog.ferries import FerryLine
from layers.catalog.places import Island
from layers.catalog.rounds.models import Round
from layers.catalog.streets import StreetEdge
from layers.errors import NotFound
from layers.geography import city
from tile_service.publish import pmtiles

SCRIPTS = ("platform/shell.mjs", "platform/rounds.mjs", "platform/crew.mjs")
FILES = (
    "platform/crew_outbox.js", "platform/mark.svg", "platform/crew-192.png",
    "platform/crew-512.png",
    *(f"platform/{name}.css" for name in ("tokens", "page", "forms", "parts", "print", "map")),
    "platform/rounds.css", "vendor/maplibre-gl/maplibre-gl.css",
)  # fmt: skip
MAP_WORKER = "vendor/maplibre-gl/maplibre-gl-worker.mjs"
SERVICE_WORKER = "platform/crew_worker.js"
_IMPORT = re.compile(r"""(?:from|import)\s*["'](\.{1,2}/[^"']+)["']""")
COAST_TOLERANCE_DEG = 0.00005
DIGITS = 6


def file_of(name: str) -> Path:
    """Where a static file lies; raises NotFound."""
    path = finders.find(name) or Path(settings.STATIC_ROOT) / name
    if not Path(path).is_file():
        raise NotFound
    return Path(path)


@lru_cache(maxsize=1)
def shell() -> tuple[str, tuple[str, ...]]:
    """Digest and names of all files that the crew's page needs."""
    names, waiting = list(FILES), list(SCRIPTS)
    while waiting:
        name = waiting.pop()
        if name in names:
            continue
        names.append(name)
        if name.startswith("vendor/"):
            continue  # a bundle: it imports nothing of ours
        text = file_of(name).read_text(encoding="utf-8")
        folder = posixpath.dirname(name)
        waiting += [posixpath.normpath(posixpath.join(folder, i)) for i in _IMPORT.findall(text)]
    digest = hashlib.sha256()
    for name in (*sorted(names), MAP_WORKER, SERVICE_WORKER):
        digest.update(file_of(name).read_bytes())
    return digest.hexdigest()[:16], tuple(sorted(names))


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that answers for the network while there is none."""
    digest, names = shell()
    files = [*(static(name) for name in names), reverse("kru-pekerja-peta")]
    head = f"const VERSION = {json.dumps(digest)};\nconst SHELL = {json.dumps(files)};\n"
    parts = [file_of(name).read_text(encoding="utf-8") for name in FILES[:1]]
    body = head + "\n".join(parts) + file_of(SERVICE_WORKER).read_text(encoding="utf-8")
    answer = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def map_worker(request: HttpRequest) -> HttpResponse:
    """MapLibre's worker under the crew's own path: a service worker sees no other."""
    answer = HttpResponse(file_of(MAP_WORKER).read_bytes(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the crew's page an app on the phone."""
    start = reverse("kru")
    body = {
        "name": f"{_('Tugas saya')} · {city().name}",
        "short_name": _("Tugas saya"),
        "id": start,
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#ffffff",
        "theme_color": "#0b6e8f",
        "icons": [
            {"src": static("platform/crew-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": static("platform/crew-512.png"), "sizes": "512x512", "type": "image/png"},
            {"src": static("platform/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_safe
def map_pack(request: HttpRequest, round_id: int) -> HttpResponse:
    """Coasts, streets and ferries of the islands that a crew's round touches."""
    round_ = found(Round.objects.of_crew(request.user), pk=round_id)
    answer = JsonResponse(pack(round_))
    answer["Cache-Control"] = "private, no-cache"
    return answer


def archive_address() -> str:
    """Where the nightly archive of the base map lies; "" while there is none."""
    there = pmtiles.newest(pmtiles.BASE) is not None
    return reverse("layer-pmtiles", args=[pmtiles.BASE]) if there else ""


def pack(round_: Round) -> dict[str, Any]:
    """Everything that a map of the round's islands draws, as one FeatureCollection."""
    islands = Island.objects.filter(geom__bboverlaps=round_.geom.envelope)
    touched = islands.values("pk")
    streets = StreetEdge.objects.filter(island__in=touched).order_by("pk")
    ferries = FerryLine.objects.filter(geom__bboverlaps=round_.geom.envelope).order_by("pk")
    coasts = ((row.name, row.geom.simplify(COAST_TOLERANCE_DEG, True)) for row in islands)
    lines = streets.annotate(shape=AsGeoJSON("geom", precision=DIGITS))
    sailed = ferries.annotate(shape=AsGeoJSON("geom", precision=DIGITS))
    features = [
        *(_feature("coast", shape.geojson, name=name) for name, shape in coasts),
        *(
            _feature("street", shape, name=name, street_class=kind)
            for name, kind, shape in lines.values_list("name", "street_class", "shape")
        ),
        *(_feature("ferry", s, name=n) for n, s in sailed.values_list("name", "shape")),
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(what: str, shape: str, **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": json.loads(shape),
        "properties": {"what": what, **properties},
    }
