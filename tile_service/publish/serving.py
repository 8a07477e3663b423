"""What the raw server is told at start, out of Django's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from layers.geography import city
from tile_service.publish.logins import login_password
from tile_service.serve.config import Config, Replica
from tile_service.serve.tokens import key_from

MEGABYTE = 1024 * 1024
KEYWORDS = ("dbname", "user", "password", "host", "port")


def config(**more: Any) -> Config:
    """Configuration of the raw server for this platform's database and folders."""
    given = connection.get_connection_params()
    told: dict[str, Any] = {
        "database": {name: given[name] for name in KEYWORDS if given.get(name)},
        "password_of": login_password,
        "token_key": key_from(settings.SECRET_KEY),
        "raster_dir": Path(settings.RASTER_DIR),
        "city": city().name,
        "hosts": tuple(settings.ALLOWED_HOSTS),
        "origins": tuple(settings.MAP_ORIGINS),
        "behind_https": bool(settings.SECURE_PROXY_SSL_HEADER),
        "store_dir": Path(settings.TILE_STORE_DIR),
        "store_bytes": settings.TILE_STORE_MB * MEGABYTE,
        "cache_bytes": settings.TILE_MEMORY_MB * MEGABYTE,
    }
    if "replica" in settings.DATABASES:
        params = connections["replica"].get_connection_params()
        found = {name: params[name] for name in KEYWORDS if params.get(name)}
        told["replica"] = Replica(found, most_behind_s=settings.REPLICA_MOST_BEHIND_S)
    return Config(**told | more)
