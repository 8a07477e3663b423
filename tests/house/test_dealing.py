"""The tests are dealt to processes file by file: what a file makes for its tests is made once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
DEALING = re.compile(r"\[(gw\d)\].* PASSED .*?(\w+)\.py::")
FILE = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_one(number):
    pass
"""


def test_a_file_s_tests_run_in_one_process(tmp_path):
    shutil.copy(TESTS / "conftest.py", tmp_path)
    for name in ("test_first", "test_second", "test_third"):
        (tmp_path / f"{name}.py").write_text(FILE)
    dealt = ["-v", "-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *dealt, f"--rootdir={TESTS.parent}", str(tmp_path)],
        cwd=TESTS.parent, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    processes = defaultdict(set)
    for process, file in DEALING.findall(run.stdout):
        processes[file].add(process)
    assert {file: len(used) for file, used in processes.items()} == {
        "test_first": 1, "test_second": 1, "test_third": 1,
    }, run.stdout  # fmt: skip
