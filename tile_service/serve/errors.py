"""What the raw server refuses, with the answer it gives. A hidden layer is a missing one."""

from __future__ import annotations


class Refused(Exception):
    """A request that gets no tile."""

    status = 400

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or (self.__doc__ or ""))


class Missing(Refused):
    """There is nothing here, or it is not for you to see."""

    status = 404


class WrongMethod(Refused):
    """Only GET and HEAD are answered here."""

    status = 405


class NotAcceptable(Refused):
    """This server has no encoding that you accept: allow gzip, br, zstd or identity."""

    status = 406


class Busy(Refused):
    """Too much is asked for at once; try again in a moment."""

    status = 503


class Unpublished(Refused):
    """The map is being published; if that lasts, type manage.py publish_layers on the server."""

    status = 503


class Broken(Refused):
    """Something went wrong here and has been noted; try again in a moment."""

    status = 500


class Gone(Exception):
    """The caller has left: there is nobody to answer."""
