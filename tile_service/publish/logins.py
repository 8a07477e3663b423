"""One read-only database login per face, which sees its own views and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import re

import psycopg2
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from psycopg2 import errorcodes, sql

from layers.access import Face
from tile_service.publish.compiling import SCHEMA

SETTINGS = {
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "default_transaction_read_only": "on",
}
PREFIX = "gis_tiles_"
LONGEST_WORD = 63 - len(PREFIX) - 1 - max(len(face.value) for face in Face)
TRIES = 5
MADE_MEANWHILE = {
    errorcodes.UNIQUE_VIOLATION, errorcodes.DUPLICATE_OBJECT,
    errorcodes.INTERNAL_ERROR,  # "tuple concurrently updated"
}  # fmt: skip


def login_name(face: Face, database: str = "") -> str:
    """Name of a face's login, with that of its database (this one's, where none is named).

    Logins belong to all databases of a server: by a name of their own two cities share none.
    """
    name = database or str(connection.settings_dict["NAME"])
    word = re.sub(r"[^a-z0-9]+", "_", name.lower())
    if word != name or len(word) > LONGEST_WORD:
        word = f"{word[: LONGEST_WORD - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{PREFIX}{word}_{face.value}"


def shared_name(face: Face) -> str:
    """The name of a face's login in former versions, the same in every database of a server."""
    return f"{PREFIX}{face.value}"


def login_password(login: str) -> str:
    """Password of a login, derived from the platform's secret; nobody types it."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"tile login {login}".encode(), hashlib.sha256).hexdigest()


def may_make_logins() -> bool:
    """True when the connected role may create roles."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
        )
        return bool(cursor.fetchone()[0])


def make_login(login: str) -> None:
    """Create `login` unless it exists, and give it its limits.

    Logins belong to all databases of the server, the lock of a publication to one: whoever
    publishes another city at the same moment makes the same ones. Then we look again.
    """
    for last in (*[False] * (TRIES - 1), True):
        try:
            with transaction.atomic():
                _make_login(login)
            return
        except DatabaseError as error:
            if last or getattr(error.__cause__, "pgcode", "") not in MADE_MEANWHILE:
                raise


def _make_login(login: str) -> None:
    name = sql.Identifier(login)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [login])
        found = cursor.fetchone()
        raw = cursor.connection
        if found is None:
            made = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT")
            cursor.execute(made.format(name).as_string(raw))
        held = set((found or ([],))[0] or [])
        for key, value in SETTINGS.items():
            if f"{key}={value}" not in held:
                given = sql.SQL("ALTER ROLE {} SET {} = {}")
                cursor.execute(
                    given.format(name, sql.Identifier(key), sql.Literal(value)).as_string(raw)
                )


def set_password(login: str) -> None:
    """Give `login` its derived password."""
    with connection.cursor() as cursor:
        text = sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(login), sql.Literal(login_password(login))
        )
        cursor.execute(text.as_string(cursor.connection))


def can_connect(login: str) -> bool:
    """True when `login` can open this database."""
    given = connection.get_connection_params()
    try:
        psycopg2.connect(
            dbname=given["dbname"],
            user=login,
            password=login_password(login),
            host=given.get("host"),
            port=given.get("port"),
            connect_timeout=3,
        ).close()
    except psycopg2.OperationalError:
        return False
    return True


def grant(login: str, views: list[str]) -> None:
    """Let `login` read exactly these views of schema `published`."""
    name, schema = sql.Identifier(login), sql.Identifier(SCHEMA)
    with connection.cursor() as cursor:
        raw = cursor.connection
        take = "REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}; GRANT USAGE ON SCHEMA {} TO {}"
        cursor.execute(sql.SQL(take).format(schema, name, schema, name).as_string(raw))
        for view in views:
            give = sql.SQL("GRANT SELECT ON {}.{} TO {}").format(schema, sql.Identifier(view), name)
            cursor.execute(give.as_string(raw))


def ready_login(face: Face) -> str:
    """The face's login if it can be had, else "" (the app's own login serves instead)."""
    login = login_name(face)
    if may_make_logins():
        make_login(login)
        return login
    known = (login, shared_name(face))  # made by hand, under either name
    return next((name for name in known if _exists(name)), "")


def _exists(login: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login])
        return cursor.fetchone() is not None


def drop_shared() -> list[str]:
    """Drop the logins of former versions that nobody needs any more; answers which.

    One stays while somebody is connected as it, or another database of the server still grants
    it something (a city that is not updated yet): the last one to be published drops it.
    """
    if not may_make_logins():
        return []
    return [name for name in map(shared_name, Face) if _exists(name) and _dropped(name)]


def _dropped(login: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE usename = %s", [login])
            if cursor.fetchone():
                return False
            drop = sql.SQL("DROP ROLE {}").format(sql.Identifier(login))
            cursor.execute(drop.as_string(cursor.connection))
    except DatabaseError:
        return False
    return True
