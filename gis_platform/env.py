"""Typed readers of the environment: each refuses nonsense with a sentence."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str) -> str:
    """A string."""
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    """A yes or no."""
    raw = os.environ.get(name)
    if raw is None or raw == "":
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r}: write 1 or 0")


def number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    raw = os.environ.get(name) or str(default)
    try:
        found = int(raw)
    except ValueError:
        found = least - 1
    if found < least:
        raise ImproperlyConfigured(f"{name}={raw!r}: write a whole number from {least} on")
    return found


def names(name: str, default: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def folder(name: str, default: Path) -> Path:
    """A folder's path."""
    return Path(os.environ.get(name) or default).resolve()


def kept_secret(name: str, keeper: Path) -> str:
    """A secret from the environment, or made once and kept in the file `keeper` (mode 0600)."""
    if os.environ.get(name):
        return os.environ[name]
    if not keeper.exists():
        keeper.parent.mkdir(parents=True, exist_ok=True)
        _keep_once(keeper, secrets.token_urlsafe(48))
    return keeper.read_text().strip()


def _keep_once(keeper: Path, text: str) -> None:
    """Write a file whole or not at all; of processes that start together one is first."""
    handle, name = tempfile.mkstemp(dir=keeper.parent, prefix=f".{keeper.name}-")  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(name, keeper)
    Path(name).unlink()


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a `postgres://user:password@host:port/name?host=/socket` address."""
    url = urlsplit(os.environ.get(name) or default)
    if url.scheme not in {"postgres", "postgresql", "postgis"}:
        raise ImproperlyConfigured(
            f"{name}: write postgres://user:password@host:port/database, not {url.scheme}://"
        )
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or query.get("user", "")),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.get("host", url.hostname or ""),
        "PORT": str(url.port or query.get("port", "")),
    }


def wheel_library(package: str, stem: str) -> str | None:
    """Path of the shared library `stem` bundled in the wheel of `package`, if there."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    bundled = Path(spec.origin).parent.parent / f"{package}.libs"
    found = sorted(bundled.glob(f"{stem}*.so*"))
    return str(found[0]) if found else None
