"""What a production server is refused for at its start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import OperationalError, connections


@register()
def production_is_guarded(**_: Any) -> list[CheckMessage]:
    """DEBUG off, real hosts, a long key: only where PRODUCTION is set."""
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


@register(deploy=True)
def nobody_signs_in_as_in_the_demo(**_: Any) -> list[CheckMessage]:
    """No login with the demo's published password: `check --deploy` looks."""
    if not settings.PRODUCTION:
        return []
    from django.contrib.auth.models import User  # models are not there when this module is read

    from gis_platform.management.commands.demo_people import PASSWORD, PEOPLE

    try:
        tables = connections["default"].introspection.table_names()
    except OperationalError:
        return []  # a database that is away keeps no server from starting
    if User._meta.db_table not in tables:
        return []
    named = User.objects.filter(username__in=[one.name for one in PEOPLE], is_active=True)
    open_ = sorted(user.username for user in named if user.check_password(PASSWORD))
    if not open_:
        return []
    told = f"Logins of the demo are open: {', '.join(open_)}."
    return [Error(told, hint="manage.py changepassword NAME", id="gis_platform.E004")]


@register(deploy=True)
def the_database_keeps_what_it_was_told(**_: Any) -> list[CheckMessage]:
    """Received means on disk: `check --deploy` refuses a database that promises less."""
    if not settings.PRODUCTION:
        return []
    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(names)]
            )
            off = [name for name, setting in cursor.fetchall() if setting == "off"]
    except OperationalError:
        return []  # a database that is away keeps no server from starting
    found: list[CheckMessage] = [
        Error(f"PostgreSQL: {name} is off; what people send may be lost.", id="gis_platform.E005")
        for name in sorted(off)
        if name != "data_checksums"
    ]
    if "data_checksums" in off:
        told = "PostgreSQL keeps no checksums: a failing disk is found when it is too late."
        hint = "Stop it, run pg_checksums --enable -D DATA as its owner, start it (deploy/README)."
        found.append(Warning(told, hint=hint, id="gis_platform.W001"))
    return found
