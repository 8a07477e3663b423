"""One family of errors: each class says, in its docstring, what is wrong with what was given."""

from __future__ import annotations

import inspect


class MethodError(ValueError):
    """These numbers cannot be worked with."""

    def __str__(self) -> str:
        """The sentence given, or the class's own."""
        return super().__str__() or inspect.getdoc(type(self)) or type(self).__name__
