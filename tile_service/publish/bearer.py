"""Personal tokens on Django's side: `Authorization: Bearer` stands for its person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from layers.errors import NotFound
from tile_service.models import PersonalToken
from tile_service.serve import tokens

View = Callable[..., HttpResponseBase]


def admit(request: HttpRequest) -> None:
    """Let the request be its token's person; raises NotFound for a token that is not known.

    A token that ended, was withdrawn or belongs to a closed account is never a visitor's.
    """
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return
    found = PersonalToken.objects.select_related("person").filter(
        digest=tokens.digest_of(text.strip()),
        ends_at__gt=timezone.now(),
        person__is_active=True,
    )
    token = found.first()
    if token is None:
        raise NotFound
    request.user = token.person


def with_token(view: View) -> View:
    """The view, open to holders of personal tokens as to their persons."""

    @wraps(view)
    def admitted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        admit(request)
        answer = view(request, *args, **kwargs)
        patch_vary_headers(answer, ("Authorization", "Cookie"))
        return answer

    return admitted
