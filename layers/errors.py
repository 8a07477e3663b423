"""The errors that a person may read: each class's docstring is the sentence shown."""

from __future__ import annotations

import inspect


class PlatformError(Exception):
    """Something went wrong; nothing was changed."""

    code = "PLATFORM_ERROR"

    def __str__(self) -> str:
        """Return the given sentence, or the class's own."""
        return str(self.args[0]) if self.args else inspect.getdoc(type(self)) or self.code


class NotFound(PlatformError):
    """There is nothing here, or it is not for you to see."""

    code = "NOT_FOUND"


class NotAllowed(PlatformError):
    """Your role may not do this; ask an administrator if you should."""

    code = "NOT_ALLOWED"


class BadInput(PlatformError):
    """This request cannot be understood; check the marked part and send it again."""

    code = "BAD_INPUT"


class ChangedMeanwhile(PlatformError):
    """Somebody changed this first; look at the new state and decide again."""

    code = "CHANGED_MEANWHILE"


def every_error(kind: type[PlatformError] = PlatformError) -> list[type[PlatformError]]:
    """`kind` and all its descendants that are loaded."""
    return [kind, *(found for child in kind.__subclasses__() for found in every_error(child))]
