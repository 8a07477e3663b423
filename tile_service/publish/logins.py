"""One read-only database login per face, which sees its own views and nothing else."""

from __future__ import annotations

import hashlib
import hmac

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
TRIES = 5
MADE_MEANWHILE = {
    errorcodes.UNIQUE_VIOLATION, errorcodes.DUPLICATE_OBJECT,
    errorcodes.INTERNAL_ERROR,  # "tuple concurrently updated"
}  # fmt: skip


def login_name(face: Face) -> str:
    """Name of a face's login."""
    return f"gis_tiles_{face.value}"


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
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login])
        return login if cursor.fetchone() else ""
