"""How often an address may guess wrong.

Counted in the memory of each process and forgotten after a while: nothing of it reaches the disk,
and of the address only a keyed hash is kept. nginx counts writes besides (deploy/).
"""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest

from gis_platform.accounts.address import address_of
from layers.catalog.reports.report import keyed
from layers.errors import TooOften

MOST_WRONG = 30
COUNTED_S = 600


class TooManyGuesses(TooOften):
    """Terlalu banyak nomor yang salah dari alamat ini; tunggu sepuluh menit, lalu coba lagi."""

    code = "TOO_MANY_GUESSES"
    wait_s = COUNTED_S


def _name(request: HttpRequest) -> str:
    return f"guess:{keyed(address_of(request))}"


def count_wrong(request: HttpRequest) -> None:
    """Note a wrong guess of this address."""
    name = _name(request)
    cache.add(name, 0, COUNTED_S)
    try:
        cache.incr(name)
    except ValueError:  # the last moment of its ten minutes
        cache.set(name, 1, COUNTED_S)


def require_few(request: HttpRequest) -> None:
    """Raises TooManyGuesses once this address has guessed wrong too often."""
    if cache.get(_name(request), 0) >= MOST_WRONG:
        raise TooManyGuesses
