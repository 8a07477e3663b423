"""Photos of reports, served after a look at who asks; a hidden one answers like a missing one."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from layers.access import Role, roles_of
from layers.catalog.reports import agency_work
from layers.catalog.reports.photos import Photo
from layers.catalog.reports.report import keyed
from layers.errors import NotFound

DESK = frozenset({Role.OPERATOR, Role.ADMIN})


def may_see(request: HttpRequest, photo: Photo) -> bool:
    """True for the desk, the agency at work, the reporter with the key, and all once published."""
    if Photo.objects.public().filter(pk=photo.pk).exists():
        return True
    report = photo.report
    roles = roles_of(request.user)
    if roles & DESK:
        return True
    if Role.AGENCY in roles and agency_work.holds(request.user, report):
        return True
    key = request.GET.get("kunci", "")
    return bool(key) and bool(report.follow_key_hash) and keyed(key) == report.follow_key_hash


@require_safe
def photo(request: HttpRequest, name: str, small: bool = False) -> FileResponse:
    """A JPEG of our own encoding, or its thumbnail."""
    found = Photo.objects.select_related("report").filter(name=name).first()
    if found is None or not may_see(request, found):
        raise NotFound
    path = found.file(small=small)
    if not path.exists():
        raise NotFound
    answer = FileResponse(path.open("rb"), content_type="image/jpeg")
    answer["Content-Disposition"] = f'inline; filename="{name[:8]}.jpg"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, max-age=300"
    return answer
