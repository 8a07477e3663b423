"""Who may see what, for every route: decided from the token and the published rows alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tile_service.serve import request, tokens
from tile_service.serve.catalogue import PUBLIC, PublishedFace
from tile_service.serve.errors import Missing

if TYPE_CHECKING:
    from tile_service.serve.service import Service

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Grant:
    """Faces (slug -> face) that somebody may read until `ends_at` (Unix seconds).

    `faces` None stands for whatever is open to all.
    """

    faces: Mapping[str, str] | None = None
    ends_at: float = FOREVER

    @property
    def is_open(self) -> bool:
        """True for a visitor, whose answers anybody may keep."""
        return self.faces is None


VISITOR = Grant()


def bearer(scope: Mapping[str, Any]) -> str:
    """Token of the header `Authorization: Bearer`; "" without one."""
    kind, _, token = request.headers_of(scope).get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def granted(service: Service, scope: Mapping[str, Any], token: str = "") -> Grant:
    """What the caller of `scope` may read; `token` is the one in its address, if any.

    Raises Missing for a token that is edited, late or withdrawn: it is never a visitor's.
    """
    token = token or bearer(scope)
    if token in {"", tokens.OPEN}:
        return VISITOR
    try:
        faces = tokens.read(service.config.token_key, token, now=time.time())
    except tokens.BadToken:
        raise Missing from None
    return Grant(faces, tokens.ends_at(token))


def opens(service: Service, grant: Grant, slug: str, face: str) -> bool:
    """True when `grant` opens this very face of a layer."""
    if grant.faces is not None:
        return grant.faces.get(slug) == face
    found = service.catalogue.faces.get((slug, PUBLIC))
    return face == PUBLIC and found is not None and found.open_to_all


def face_of(service: Service, grant: Grant, slug: str) -> PublishedFace:
    """The face of a layer that `grant` opens; raises Missing."""
    found = service.catalogue.opened_by(slug, grant.faces)
    if found is None:
        raise Missing
    return found


def faces_of(service: Service, grant: Grant) -> list[PublishedFace]:
    """Every face that `grant` opens, by slug: what a list of layers may name."""
    held = sorted(service.catalogue.faces.items())
    return [found for (slug, face), found in held if opens(service, grant, slug, face)]
