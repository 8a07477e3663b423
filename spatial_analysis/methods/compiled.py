"""Loops that numba compiles when it is there; without it the same code runs, only slower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., object])

try:
    from numba import njit

    HAS_NUMBA = True
except ImportError:  # pragma: no cover - the same code then runs uncompiled
    HAS_NUMBA = False

    def njit(**_: object) -> Callable[[F], F]:  # type: ignore[no-redef]
        """Stand in for numba: leave the function as it is."""
        return lambda function: function


# For loops that allocate nothing. Handing over the tables costs more than what a small function
# does with them, hence all are inlined.
LEAN: dict[str, Any] = {"cache": True, "_nrt": False, "forceinline": True}

__all__ = ["HAS_NUMBA", "LEAN", "njit"]
