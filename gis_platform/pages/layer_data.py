"""Downloads of layers: the same rows, columns and permission as their tiles."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from gis_platform.http_errors import wants_json
from layers import registry
from layers.access import EVERYBODY, Face, face_for, require, roles_of
from layers.column_words import column_name
from layers.errors import NotFound
from layers.provenance import about
from layers.spec import Layer, RasterTiles
from tile_service.models import PreparedFile
from tile_service.publish import pmtiles, ranged
from tile_service.publish.bearer import with_token
from tile_service.publish.downloads import files
from tile_service.publish.downloads.forms import FORMS, Form
from tile_service.publish.downloads.table import Kind, kind_of
from tile_service.tasks import make_file

READY = PreparedFile.State.READY
CSVW_TYPES = {
    Kind.BOOLEAN: "boolean", Kind.INTEGER: "integer", Kind.REAL: "double",
    Kind.MOMENT: "dateTime", Kind.DAY: "date", Kind.TEXT: "string",
}  # fmt: skip


def seen(request: HttpRequest, slug: str) -> tuple[Layer, Face]:
    """A layer of rows and the caller's face of it; raises NotFound."""
    layer = registry.get(slug)
    face = require(layer, roles_of(request.user))
    if isinstance(layer.tiles, RasterTiles):
        raise NotFound
    return layer, face


def _shared(
    request: HttpRequest, answer: HttpResponseBase, layer: Layer, face: Face
) -> HttpResponseBase:
    """What every visitor gets may be kept for revalidation and read from any origin."""
    if layer.is_public and face is Face.PUBLIC and not request.user.is_authenticated:
        answer["Cache-Control"] = "public, no-cache"
        answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
@with_token
def download(request: HttpRequest, slug: str, form: str) -> HttpResponseBase:
    """A layer as a file: at once when it is small, else made by the worker (202 and a link)."""
    layer, face = seen(request, slug)
    wanted = FORMS[form]
    rows = layer.rows_of(face).count()
    if wanted.lines and wanted.is_small(rows):
        answer: HttpResponseBase = StreamingHttpResponse(
            wanted.lines(layer, face), content_type=wanted.media_type
        )
        named(answer, files.file_name(slug, wanted))
        if wanted.ending == "csv":
            told = reverse("layer-csv-words", args=[slug])
            answer["Link"] = f'<{told}>; rel="describedby"; type="application/csvm+json"'
        return _shared(request, answer, layer, face)
    file = files.prepared(layer, face, wanted)
    if file.state != READY and wanted.is_small(rows):
        file = files.make(file, layer)
    if file.state == READY:
        return _sent(request, file, wanted, layer)
    if files.take_up(file):
        transaction.on_commit(lambda: make_file.enqueue(file.pk))
    return _waiting(request, file, layer)


def named(answer: HttpResponseBase, name: str) -> None:
    """Tell the browser to keep the answer under `name`."""
    answer["Content-Disposition"] = f'attachment; filename="{name}"'


def _sent(request: HttpRequest, file: PreparedFile, form: Form, layer: Layer) -> HttpResponseBase:
    answer = ranged.answer(
        request, files.path_of(file), media_type=form.media_type, etag=file.digest
    )
    named(answer, file.name)
    return _shared(request, answer, layer, Face(file.face))


def _waiting(request: HttpRequest, file: PreparedFile, layer: Layer) -> HttpResponse:
    """202: where to look again."""
    link = reverse("berkas", args=[file.pk])
    if wants_json(request) or "text/html" not in request.headers.get("Accept", ""):
        answer: HttpResponse = JsonResponse({"state": file.state, "href": link}, status=202)
    else:
        context = {"file": file, "layer": layer, "link": link}
        answer = render(request, "open_data/preparing.html", context, status=202)
    answer["Retry-After"], answer["Location"] = "5", link
    return answer


@require_safe
@with_token
def prepared_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A file that was asked for: itself when it is there, else how far it is."""
    file = get_object_or_404(PreparedFile, pk=pk)
    layer, face = seen(request, file.slug)
    form = FORMS.get(file.form)
    if face.value != file.face or form is None:
        raise NotFound
    if file.state == READY and files.path_of(file).exists():
        return _sent(request, file, form, layer)
    return _waiting(request, file, layer)


@require_safe
@with_token
def archive(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The PMTiles archive of a slow public layer or of the base map, whole or in parts."""
    if slug != pmtiles.BASE:
        layer, _ = seen(request, slug)
        if not layer.is_public:
            raise NotFound
    file = pmtiles.newest(slug)
    if file is None:
        raise NotFound
    answer = ranged.answer(
        request, files.path_of(file), media_type=pmtiles.MEDIA_TYPE, etag=file.digest
    )
    answer["Cache-Control"] = "public, no-cache"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Expose-Headers"] = "ETag, Content-Range"
    named(answer, file.name)
    return answer


@require_safe
@with_token
def csv_words(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Words about the CSV (CSV on the Web): licence, source, what each column holds."""
    layer, face = seen(request, slug)
    told = about(layer, at=timezone.now())
    columns = [
        {"name": name, "titles": name, "dc:description": str(column_name(name)),
         "datatype": CSVW_TYPES[kind_of(layer, name)]}
        for name in layer.fields_of(face)
    ]  # fmt: skip
    place = [{"name": name, "titles": name, "datatype": "double"} for name in ("lon", "lat")]
    body: dict[str, Any] = {
        "@context": "http://www.w3.org/ns/csvw",
        "url": request.build_absolute_uri(reverse("layer-csv", args=[slug])),
        "dc:title": told["title"],
        "dc:description": told["description"],
        "dc:license": told["licence"],
        "dc:source": told["source"],
        "dc:publisher": told["attribution"],
        "dc:modified": told["made_at"],
        "tableSchema": {"columns": [*columns, *place]},
    }
    answer = JsonResponse(body, content_type="application/csvm+json")
    return _shared(request, answer, layer, face)


@require_safe
@with_token
def listing(request: HttpRequest) -> HttpResponseBase:
    """The layers that the caller may see, as JSON."""
    roles = roles_of(request.user)
    shown = [
        {
            "slug": layer.slug,
            "title": layer.title,
            "title_en": layer.title_en or layer.title,
            "summary": layer.summary,
            "theme": layer.theme.value,
            "attribution": layer.attribution,
            "schematic": layer.schematic,
            "public": layer.viewers == EVERYBODY,
            "tilejson": f"/tiles/{layer.slug}.json",
            "geojson": None
            if isinstance(layer.tiles, RasterTiles)
            else f"/data/{layer.slug}.geojson",
            "files": {}
            if isinstance(layer.tiles, RasterTiles)
            else {ending: f"/data/{layer.slug}.{ending}" for ending in FORMS},
        }
        for layer in registry.all_layers()
        if face_for(layer, roles)
    ]
    return JsonResponse({"layers": shown})
