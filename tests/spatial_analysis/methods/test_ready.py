"""No loop is left for a person's first question to compile."""

from importlib import import_module
from pathlib import Path

import pytest

import spatial_analysis.methods
from spatial_analysis.methods.compiled import HAS_NUMBA
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
