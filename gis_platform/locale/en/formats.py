"""How English writes a time of day: 15:43, where Indonesian writes 15.43.

Templates name a form in full ("j M Y H.i"). Django asks this module for it by that name before it
takes the name for the form itself.
"""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """The form `name` with a colon in its time of day; AttributeError where it has none."""
    if "H.i" in name:
        return name.replace("H.i", "H:i")
    raise AttributeError(name)
