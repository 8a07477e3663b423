"""Who may see what, for every route: decided from the token and the published rows alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tile_service.serve import tokens
from tile_service.serve.catalogue import PUBLIC, PublishedFace
from tile_service.serve.errors import Missing

if TYPE_CHECKING:
    from tile_service.serve.service import Service

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Grant:
    """Faces (slug -> face) that somebody may read until `ends_at` (Unix seconds).

    `faces` None stands for whatever is open to all; `holders` are whom the grant hangs on.
    """

    faces: Mapping[str, str] | None = None
    ends_at: float = FOREVER
    holders: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""  # of the personal token

    @property
    def is_open(self) -> bool:
        """True for a visitor, whose answers anybody may keep."""
        return self.faces is None


VISITOR = Grant()


def bearer(scope: Mapping[str, Any]) -> str:
    """Token of the header `Authorization: Bearer`; "" without one."""
    for name, value in scope["headers"]:
        if name.lower() == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if kind.lower() == "bearer" else ""
    return ""


def granted(service: Service, scope: Mapping[str, Any], token: str = "") -> Grant:
    """What the caller of `scope` may read; `token` is the one in its address, if any.

    `pub` is a visitor's, `me` stands for the header Authorization, anything else is signed;
    without a token in the address the header decides. Raises Missing for a token that is
    edited, late or withdrawn: it is never a visitor's.
    """
    if token == tokens.OPEN:
        return VISITOR
    if token and token != tokens.MINE:
        return signed(service, token)
    carried = bearer(scope)
    if carried.startswith(tokens.PERSONAL):
        return personal(service, carried)
    if carried:
        return signed(service, carried)
    if token:
        raise Missing
    return VISITOR


def signed(service: Service, token: str) -> Grant:
    """Grant of a signed token; raises Missing."""
    try:
        told = tokens.read(service.config.token_key, token, now=time.time())
    except tokens.BadToken:
        raise Missing from None
    if not service.catalogue.holders.hold(told.holders):
        raise Missing
    return Grant(told.faces, told.ends_at, told.holders)


def personal(service: Service, token: str) -> Grant:
    """Grant of a personal token: what its person's roles open today; raises Missing."""
    digest = tokens.digest_of(token)
    found = service.catalogue.holders.bearers.get(digest)
    if found is None or time.time() >= found.ends_at:
        raise Missing
    faces = service.catalogue.opened_to(found.roles)
    generation = service.catalogue.holders.generations.get(found.holder, 0)
    return Grant(faces, found.ends_at, {found.holder: generation}, digest)


def holds(service: Service, grant: Grant) -> bool:
    """True while a grant given earlier has neither ended nor been withdrawn."""
    known = service.catalogue.holders
    if grant.digest and grant.digest not in known.bearers:
        return False
    return time.time() < grant.ends_at and known.hold(grant.holders)


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
