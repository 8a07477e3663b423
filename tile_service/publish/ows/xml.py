"""XML is written here and never read: elements from text, with everything escaped."""

from __future__ import annotations

import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Xml(str):
    """Text that is XML already."""

    __slots__ = ()


def text(value: Any) -> Xml:
    """`value` as character data; what XML cannot hold is left out."""
    return value if isinstance(value, Xml) else Xml(escape(ILLEGAL.sub("", str(value))))


def element(name: str, /, *content: Any, **attributes: Any) -> Xml:
    """An element; in attribute names `__` stands for a colon: xlink__href. None leaves one out."""
    said = "".join(
        f" {key.replace('__', ':')}={quoteattr(ILLEGAL.sub('', str(value)))}"
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(text(part) for part in content)
    return Xml(f"<{name}{said}>{inner}</{name}>" if inner else f"<{name}{said}/>")


def joined(parts: Any) -> Xml:
    """Elements one after the other."""
    return Xml("".join(parts))
