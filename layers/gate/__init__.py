"""The geometry gate: pure checks that every form, request and file passes before the database.

No Django, no database, no files: the limited child process imports it too. A check that fails
raises `Refusal` with a stable code; `layers.gate.sentences` turns codes into sentences.
"""

from layers.gate.refusal import Refusal
from layers.gate.shape import MAX_VERTICES, Checked, checked

__all__ = ["MAX_VERTICES", "Checked", "Refusal", "checked"]
