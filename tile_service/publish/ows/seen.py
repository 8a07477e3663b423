"""What a caller of the older protocols may see: layers, faces, and their published views."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from layers import registry
from layers.access import Face, face_for, roles_of
from layers.errors import NotFound
from layers.spec import Layer, RasterTiles
from tile_service import base_map
from tile_service.models import PublishedLayer
from tile_service.publish import standing
from tile_service.publish.ows.kvp import Refused, shown


@dataclass(frozen=True, slots=True)
class Seen:
    """One layer as the caller sees it."""

    layer: Layer
    face: Face

    @property
    def is_raster(self) -> bool:
        """True for a layer without features."""
        return isinstance(self.layer.tiles, RasterTiles)

    @property
    def open_to_all(self) -> bool:
        """True when every visitor gets the same."""
        return self.layer.is_public and self.face is Face.PUBLIC

    def published(self) -> PublishedLayer:
        """The face's row of the catalogue; raises Refused while it is not published."""
        row = PublishedLayer.objects.filter(slug=self.layer.slug, face=self.face.value).first()
        if row is None or not standing.stand():
            sentence = "This layer is not published yet; try again in a minute."
            raise Refused("NoApplicableCode", sentence, status=503)
        return row


def everything(request: HttpRequest) -> list[Seen]:
    """Layers that the caller sees on a map, in the registry's order."""
    roles = roles_of(request.user)
    return [
        Seen(layer, face)
        for layer in registry.all_layers()
        if (face := face_for(layer, roles)) and layer.symbol.kind != "hidden"
    ]


def base_layers() -> list[Seen]:
    """The layers that the base map shows: public ones, whoever asks."""
    return [Seen(registry.get(slug), Face.PUBLIC) for slug in base_map.VECTORS]


def one(request: HttpRequest, name: str, *, code: str, locator: str) -> Seen:
    """The layer called `name`; raises Refused, in the same words for hidden and missing ones."""
    slug = name.rpartition(":")[2]
    try:
        layer = registry.get(slug)
        face = face_for(layer, roles_of(request.user))
    except NotFound:
        face = None
    if face is None or layer.symbol.kind == "hidden":
        raise Refused(code, f"There is no layer called {shown(name)}.", locator)
    return Seen(layer, face)
