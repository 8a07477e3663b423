"""Who may open a page: the roles stand beside the path in urls.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from layers.access import Role, roles_of
from layers.errors import NotFound

View = Callable[..., HttpResponse]


def for_roles(*roles: Role) -> Callable[[View], View]:
    """Let only these roles (and administrators) in: visitors sign in, others see nothing there."""
    allowed = frozenset(roles) | {Role.ADMIN}

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not roles_of(request.user) & allowed:
                raise NotFound
            return view(request, *args, **kwargs)

        return guarded

    return wrap
