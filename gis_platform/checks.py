"""What a production server is refused for at its start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def production_is_guarded(**_: Any) -> list[CheckMessage]:
    """DEBUG off, real hosts, a long key, demo city logins absent: only where PRODUCTION is set."""
    if not settings.PRODUCTION:
        return []
    faults = []
    if settings.DEBUG:
        faults.append("DEBUG=1 shows tracebacks to strangers; unset it.")
    if "*" in settings.ALLOWED_HOSTS:
        faults.append("ALLOWED_HOSTS holds *; name the hosts.")
    if len(settings.SECRET_KEY) < 50 or settings.SECRET_KEY.startswith(
        ("django-insecure", "change")
    ):
        faults.append("SECRET_KEY is short or a sample; unset it, and one is made and kept.")
    return [Error(fault, id=f"gis_platform.E{n:03}") for n, fault in enumerate(faults, 1)]
