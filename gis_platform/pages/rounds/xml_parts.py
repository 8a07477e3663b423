"""Elements of the XML files that crews take along; text that XML cannot hold becomes a space."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

# XML 1.0, production 2: one letter beyond these, and no reader opens the file at all.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def child(parent: Element, name: str, text: str = "", **values: str) -> Element:
    """Add an element called `name` (its namespace in braces) with text and attributes."""
    found = SubElement(parent, name, values)
    if text:
        found.text = _NO_XML.sub(" ", text)
    return found
