"""The one table that turns errors of the house into answers."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from layers import errors
from tile_service.publish import standing

STATUS: dict[type[errors.PlatformError], int] = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.ChangedMeanwhile: 409,
    errors.BadInput: 400,
    errors.TooOften: 429,
    standing.NotPublished: 503,
    errors.PlatformError: 400,
}


def status_of(error: errors.PlatformError) -> int:
    """HTTP status of `error`: that of its nearest ancestor in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def wants_json(request: HttpRequest) -> bool:
    """True for callers that asked for data rather than a page."""
    return request.path.endswith((".json", ".geojson")) or (
        "application/json" in request.headers.get("Accept", "")
    )


def answer(request: HttpRequest, error: errors.PlatformError) -> HttpResponse:
    """Page or problem+json for `error`, with its sentence in the reader's language."""
    status, sentence = status_of(error), error.said()
    if wants_json(request):
        body = {"title": sentence, "status": status, "code": error.code}
        told: HttpResponse = JsonResponse(
            body, status=status, content_type="application/problem+json"
        )
    else:
        told = refusal(request, sentence, status)
    if isinstance(error, errors.TooOften):
        told["Retry-After"] = str(error.wait_s)
    return told


def refusal(
    request: HttpRequest, sentence: str, status: int, *, todo: str = "", back: str = ""
) -> HttpResponse:
    """Page that says what happened, what to do (`todo`), and leads back to the path `back`."""
    context = {"sentence": sentence, "status": status, "todo": todo, "back": back}
    return render(request, "errors/answer.html", context, status=status)


class ErrorsToAnswers:
    """Middleware that answers errors of the house; others go on to Django."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an error of the house, and a question that met no published view."""
        if standing.is_missing_view(error):
            error = standing.NotPublished()
        return answer(request, error) if isinstance(error, errors.PlatformError) else None
