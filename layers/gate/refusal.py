"""Why something was refused: a stable code and the few values its sentence needs."""

from __future__ import annotations


class Refusal(Exception):
    """Something cannot be taken; `code` is stable, `args_` fill its sentence.

    `layers.gate.sentences.sentence(code, args)` gives the words a person reads.
    """

    def __init__(self, code: str, **values: str | int | float) -> None:
        super().__init__(code)
        self.code = code
        self.values: dict[str, str | int | float] = values
