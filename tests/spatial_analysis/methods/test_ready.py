"""No loop is left for a person's first question to compile."""

from importlib import import_module
from pathlib import Path

import pytest

import spatial_analysis.methods
from spatial_analysis.methods.compiled import HAS_NUMBA, code_folder
from spatial_analysis.methods.ready import compile_loops

FOLDER = Path(spatial_analysis.methods.__file__).parent


def modules_with_loops() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if "\n@njit(" in path.read_text())


@pytest.mark.skipif(not HAS_NUMBA, reason="without numba nothing is compiled")
def test_every_module_that_holds_compiled_loops_is_called_once():
    from numba.core.dispatcher import Dispatcher

    told = dict(compile_loops())

    assert len(told) >= 8 and all(seconds >= 0 for seconds in told.values())
    for name in modules_with_loops():
        module = import_module(f"spatial_analysis.methods.{name}")
        loops = [one for one in vars(module).values() if isinstance(one, Dispatcher)]
        assert any(loop.signatures for loop in loops), f"{name}: none of its loops was called"


def test_machine_code_is_made_anew_when_any_loop_changed_and_else_kept(tmp_path):
    (tmp_path / "inlined.py").write_text("\n@njit(inline)\ndef one(): return 1\n")
    (tmp_path / "caller.py").write_text("\n@njit(cache=True)\ndef two(): return one()\n")
    (tmp_path / "plain.py").write_text("A = 1\n")
    first = code_folder(tmp_path)
    (tmp_path / "plain.py").write_text("A = 2\n")
    assert code_folder(tmp_path) == first
    (tmp_path / "inlined.py").write_text("\n@njit(inline)\ndef one(): return 2\n")
    assert code_folder(tmp_path) != first
