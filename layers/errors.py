"""The errors that a person may read: each class's docstring is the sentence shown."""

from __future__ import annotations

import inspect
from typing import Any

from django.utils.translation import gettext


class PlatformError(Exception):
    """Something went wrong; nothing was changed."""

    code = "PLATFORM_ERROR"

    def __init__(self, *args: Any, **figures: Any) -> None:
        """Take a sentence of its own, and the figures that go into its holes: `%(name)s`."""
        super().__init__(*args)
        self.figures = figures

    @property
    def sentence(self) -> str:
        """The sentence as catalogues know it, holes open: the given one, or the class's own."""
        return str(self.args[0]) if self.args else inspect.getdoc(type(self)) or self.code

    def __str__(self) -> str:
        """Return the sentence in the language it was written in."""
        return self.sentence % self.figures if self.figures else self.sentence

    def said(self) -> str:
        """Return the sentence in the reader's language."""
        return filled(self.sentence, self.figures)


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


class TooOften(PlatformError):
    """This came too often; wait a little, then try again."""

    code = "TOO_OFTEN"
    wait_s = 60


def filled(sentence: str, figures: dict[str, Any]) -> str:
    """A kept sentence in the reader's language, its figures put in; "" stays ""."""
    told = gettext(sentence) if sentence else ""
    return told % figures if figures else told


def every_error(kind: type[PlatformError] = PlatformError) -> list[type[PlatformError]]:
    """`kind` and all its descendants that are loaded."""
    return [kind, *(found for child in kind.__subclasses__() for found in every_error(child))]
