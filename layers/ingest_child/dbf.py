"""dBASE tables beside a Shapefile; text is decoded as the file says, never as it might be.

Source of the layout: dBASE III+ header, and the language driver byte as ESRI writes it.
"""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass
from datetime import date
from typing import Any

from layers.gate import Refusal

_DRIVERS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x58: "cp1252",
    0x13: "cp932", 0x4D: "gbk", 0x4E: "cp949", 0x4F: "big5", 0x7D: "cp1255", 0x7E: "cp1256",
    0xC8: "cp1250", 0xC9: "cp1251",
}  # fmt: skip
_MAX_FIELDS = 500


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    kind: str
    start: int
    length: int
    decimals: int


class Table:
    """The rows of a .dbf, by index from 0; raises Refusal when the header lies."""

    def __init__(self, data: bytes, encoding: str) -> None:
        if len(data) < 33:
            raise Refusal("BAD_SHAPEFILE", reason="dbf")
        self.data = data
        self.count, self.header, self.width = struct.unpack("<IHH", data[4:12])
        self.codec = self._codec(encoding)
        self.fields = self._fields()
        if self.width < 1 or self.header + self.count * self.width > len(data):
            raise Refusal("BAD_SHAPEFILE", reason="dbf")

    def deleted(self, index: int) -> bool:
        """True when the row is marked as deleted."""
        return self.data[self.header + index * self.width] == 0x2A

    def row(self, index: int) -> dict[str, Any]:
        """Values of a row; raises Refusal BAD_VALUE, BAD_ENCODING."""
        start = self.header + index * self.width
        return {field.name: self._value(field, start) for field in self.fields}

    def _codec(self, encoding: str) -> str:
        if encoding:
            return _codec_named(encoding)
        return _DRIVERS.get(self.data[29], "")

    def _fields(self) -> list[_Field]:
        fields: list[_Field] = []
        at, start = 32, 1
        while at + 32 <= min(self.header, len(self.data)) and self.data[at] != 0x0D:
            raw = self.data[at : at + 32]
            name = self._unique(_name(raw[:11]), fields)
            length = raw[16] + (raw[17] << 8 if chr(raw[11]) == "C" else 0)
            fields.append(_Field(name, chr(raw[11]), start, length, raw[17]))
            start += length
            at += 32
        if len(fields) > _MAX_FIELDS:
            raise Refusal("TOO_MANY_FIELDS", limit=_MAX_FIELDS)
        if start > self.width:
            raise Refusal("BAD_SHAPEFILE", reason="dbf")
        return fields

    @staticmethod
    def _unique(name: str, fields: list[_Field]) -> str:
        taken = {field.name for field in fields}
        name = name or f"field_{len(fields) + 1}"
        trial, n = name, 1
        while trial in taken:
            n += 1
            trial = f"{name}_{n}"
        return trial

    def _value(self, field: _Field, start: int) -> Any:
        raw = self.data[start + field.start : start + field.start + field.length]
        if field.kind in "NF":
            return _number(field, raw)
        text = self._text(raw.rstrip(b" \x00"))
        if field.kind == "D":
            return _day(field, text.strip())
        if field.kind == "L":
            return {"T": True, "Y": True, "F": False, "N": False}.get(text.upper())
        return text

    def _text(self, raw: bytes) -> str:
        if raw.isascii():
            return raw.decode("ascii")
        if not self.codec:
            raise Refusal("BAD_ENCODING", wanted=".cpg")
        try:
            return raw.decode(self.codec)
        except UnicodeDecodeError:
            raise Refusal("BAD_ENCODING", wanted=self.codec) from None


def _codec_named(name: str) -> str:
    """The codec a .cpg names, in any of its common spellings; raises BAD_ENCODING."""
    bare = name.replace("-", "").replace(" ", "").lower()
    if bare.isdigit():
        bare = f"iso{bare}" if bare.startswith("8859") else f"cp{bare}"
    for trial in (name, bare):
        try:
            return codecs.lookup(trial).name
        except (LookupError, ValueError):
            continue
    raise Refusal("BAD_ENCODING", wanted=name[:20])


def _name(raw: bytes) -> str:
    """Field name as shown: bytes that are no ASCII become �, control characters go."""
    text = raw.split(b"\x00", 1)[0].decode("ascii", "replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _number(field: _Field, raw: bytes) -> int | float | None:
    text = raw.decode("ascii", "replace").strip(" \x00")
    if not text or set(text) <= {"*"}:
        return None
    try:
        return float(text) if field.decimals or "." in text or "e" in text.lower() else int(text)
    except ValueError:
        raise Refusal("BAD_VALUE", column=field.name[:40], value=text[:40]) from None


def _day(field: _Field, text: str) -> str | None:
    if not text or set(text) <= {"0"}:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        raise Refusal("BAD_VALUE", column=field.name[:40], value=text[:40]) from None
