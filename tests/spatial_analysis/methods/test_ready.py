"""No loop is left for a person's first question to compile."""

import re
from pathlib import Path

import pytest

import spatial_analysis.methods
from spatial_analysis.methods.compiled import HAS_NUMBA, code_folder
from spatial_analysis.methods.ready import compile_loops

FOLDER = Path(spatial_analysis.methods.__file__).parent


def all_loops() -> set[str]:
    """module.function of everything that is compiled."""
    return {
        f"{path.stem}.{name}"
        for path in FOLDER.glob("*.py")
        for name in re.findall(r"^@njit\(.*\)\ndef (\w+)", path.read_text(), re.MULTILINE)
    }


@pytest.mark.skipif(not HAS_NUMBA, reason="without numba nothing is compiled")
def test_the_machine_code_of_every_loop_is_on_the_disk_afterwards():
    from numba import config

    told = dict(compile_loops())

    assert len(told) >= 8 and all(seconds >= 0 for seconds in told.values())
    kept = {path.name.split("-")[0] for path in Path(config.CACHE_DIR).rglob("*.nbi")}
    assert len(all_loops()) >= 60
    assert all_loops() - kept == set()


def test_machine_code_is_made_anew_when_any_loop_changed_and_else_kept(tmp_path):
    (tmp_path / "inlined.py").write_text("\n@njit(inline)\ndef one(): return 1\n")
    (tmp_path / "caller.py").write_text("\n@njit(cache=True)\ndef two(): return one()\n")
    (tmp_path / "plain.py").write_text("A = 1\n")
    first = code_folder(tmp_path)
    (tmp_path / "plain.py").write_text("A = 2\n")
    assert code_folder(tmp_path) == first
    (tmp_path / "inlined.py").write_text("\n@njit(inline)\ndef one(): return 2\n")
    assert code_folder(tmp_path) != first
