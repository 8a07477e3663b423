"""Loops that numba compiles when it is there; without it the same code runs, only slower.

Machine code is kept on disk. Numba would look at the file of the called loop alone, while that of
loops from other files is inlined in it: hence the folder is named after the text of all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., object])
HERE = Path(__file__).parent


def code_folder(sources: Path) -> Path:
    """Where machine code of these sources is kept: beside them, or at home if nobody may write."""
    texts = (path.read_bytes() for path in sorted(sources.glob("*.py")))
    digest = blake2b(b"".join(text for text in texts if b"\n@njit(" in text), digest_size=8)
    beside = sources / "__pycache__"
    home = Path.home() / ".cache" / "gis-platform"
    return (beside if os.access(sources, os.W_OK) else home) / f"loops-{digest.hexdigest()}"


try:
    from numba import config, njit

    HAS_NUMBA = True
    if not getattr(config, "CACHE_DIR", ""):  # NUMBA_CACHE_DIR goes first
        config.CACHE_DIR = str(code_folder(HERE))  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover - the same code then runs uncompiled
    HAS_NUMBA = False

    def njit(**_: object) -> Callable[[F], F]:  # type: ignore[no-redef]
        """Stand in for numba: leave the function as it is."""
        return lambda function: function


# For loops that allocate nothing. Handing over the tables costs more than what a small function
# does with them, hence all are inlined.
LEAN: dict[str, Any] = {"cache": True, "_nrt": False, "forceinline": True}

__all__ = ["HAS_NUMBA", "LEAN", "njit"]
