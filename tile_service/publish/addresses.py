"""Addresses of tiles, with the token that opens them; access.py has decided before we mint."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings

from layers.access import Face, Role, face_for
from layers.catalog.rasters import Raster
from layers.registry import all_layers
from layers.spec import Layer, RasterTiles
from tile_service.models import PublishedLayer
from tile_service.serve import tokens

UNPUBLISHED = "0"
Holders = Mapping[str, int]
NOBODY: Holders = {}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A token and when it ends (Unix seconds); the open one never does."""

    token: str
    expires_at: int | None


def expiry(now: float) -> int:
    """End of a token made now; rounded, so that a page's addresses stay equal for minutes."""
    lifetime, step = settings.TILE_TOKEN_LIFETIME_S, max(settings.TILE_TOKEN_LIFETIME_S // 3, 1)
    return int(now) // step * step + lifetime


def ticket(layer: Layer, face: Face, holders: Holders = NOBODY) -> Ticket:
    """Ticket for one face of one layer; it ends at once when a holder's tokens are withdrawn."""
    if layer.is_public and face is Face.PUBLIC:
        return Ticket(tokens.OPEN, None)
    return _signed({layer.slug: face.value}, holders)


def _signed(faces: Mapping[str, str], holders: Holders) -> Ticket:
    ends = expiry(time.time())
    key = tokens.key_from(settings.SECRET_KEY)
    return Ticket(tokens.mint(key, faces, expires_at=ends, holders=holders), ends)


def events_ticket(roles: Iterable[Role], holders: Holders = NOBODY) -> Ticket:
    """Ticket for the change feed of everything that somebody with `roles` sees."""
    held = frozenset(roles)
    faces = {layer.slug: face.value for layer in all_layers() if (face := face_for(layer, held))}
    return _signed(faces, holders)


def version_of(layer: Layer, face: Face) -> str:
    """Published version of a face."""
    found = PublishedLayer.objects.filter(slug=layer.slug, face=face.value)
    return found.values_list("version", flat=True).first() or UNPUBLISHED


def tile_address(layer: Layer, face: Face, token: str) -> str | None:
    """Address template of the layer's tiles; None for a raster layer that holds no raster."""
    if not isinstance(layer.tiles, RasterTiles):
        return f"/t/{layer.slug}/{token}/{version_of(layer, face)}/{{z}}/{{x}}/{{y}}.mvt"
    newest: Raster | None = layer.rows_of(face).first()
    if newest is None:
        return None
    return f"/r/{newest.code}/{token}/{newest.digest}/{{z}}/{{x}}/{{y}}.png"
