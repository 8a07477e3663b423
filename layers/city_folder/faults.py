"""What is wrong with a city's folder: one sentence a fault, with its file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: file, line (0 = the file as a whole), sentence."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        where = f"{self.file} line {self.line}" if self.line else self.file
        return f"{where}: {self.sentence}"


@dataclass(slots=True)
class Faults:
    """Collects all faults of a folder; reading goes on after each."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, line: int, sentence: str) -> None:
        """Note one fault."""
        self.found.append(Fault(file, line, sentence))

    def __bool__(self) -> bool:
        return bool(self.found)


def nearest(word: str, known: Iterable[str]) -> str:
    """Half a sentence that names the known word most like `word`, or nothing."""
    by_small = {item.lower(): item for item in known}
    like = difflib.get_close_matches(word.lower(), by_small, n=1, cutoff=0.5)
    return f"; nearest: {by_small[like[0]]}" if like else ""
