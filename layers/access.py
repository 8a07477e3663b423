"""Who may see what: the only place that decides it.

A *face* is what a layer shows to somebody: its public rows, columns and geometry, or its
staff ones. A role that may see a layer sees exactly one face of it; tiles and caches are
keyed by face, so a role never meets another's bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from layers.errors import NotFound

if TYPE_CHECKING:
    from layers.spec import Layer


class Role(StrEnum):
    """What a person is here for. Everybody is at least PUBLIC; roles add up."""

    PUBLIC = "public"
    AGENCY = "agency"
    CREW = "crew"
    OPERATOR = "operator"
    PLANNER = "planner"
    ADMIN = "admin"


class Face(StrEnum):
    """Which version of a layer somebody sees."""

    PUBLIC = "public"
    STAFF = "staff"


EVERYBODY: frozenset[Role] = frozenset(Role)
STAFF: frozenset[Role] = frozenset(Role) - {Role.PUBLIC}
DESK: frozenset[Role] = frozenset({Role.OPERATOR, Role.PLANNER, Role.ADMIN})


def roles_of(user: object) -> frozenset[Role]:
    """Roles of a Django user: the names of its groups, and ADMIN for superusers."""
    roles = {Role.PUBLIC}
    if getattr(user, "is_authenticated", False) and getattr(user, "is_active", False):
        names = user.groups.values_list("name", flat=True)  # type: ignore[attr-defined]
        roles |= {Role(name) for name in names if name in Role._value2member_map_}
        if getattr(user, "is_superuser", False):
            roles.add(Role.ADMIN)
    return frozenset(roles)


def face_for(layer: Layer, roles: Iterable[Role]) -> Face | None:
    """The face of `layer` that somebody with `roles` sees, or None when it is hidden."""
    held = frozenset(roles) | {Role.PUBLIC}
    if held & layer.staff:
        return Face.STAFF
    if layer.is_public or held & layer.viewers:
        return Face.PUBLIC
    return None


def require(layer: Layer, roles: Iterable[Role]) -> Face:
    """Like `face_for`, but raises NotFound: a hidden layer answers like a missing one."""
    face = face_for(layer, roles)
    if face is None:
        raise NotFound
    return face
