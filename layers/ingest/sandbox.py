"""Starts the limited child: namespaces by bubblewrap, else Landlock and seccomp, else refuses.

The parent never opens the file itself; it copies the bytes into a folder of its own making,
and trusts nothing the child leaves there.
"""

from __future__ import annotations

import compileall
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from layers.gate import Refusal, strict_json
from layers.ingest_child import lock
from layers.ingest_child.request import MAX_FILE_BYTES, OWN_PARSERS, Request

WALL_S = 60
MAX_REPORT_BYTES = 8 * 1024 * 1024
_LAYERS = Path(__file__).resolve().parent.parent
_INSIDE = "/app/layers"
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PROJ_NETWORK": "OFF",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GDAL_SKIP": "VRT,WMS,WMTS,HTTP,PLMosaic,EEDA",
    "GDAL_CACHEMAX": "64",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the child left: its report, and the folder that is gone when the block ends."""

    report: dict[str, Any]
    folder: Path

    @property
    def rows(self) -> Path:
        """Accepted rows, one JSON object a line."""
        return self.folder / "rows.jsonl"


@lru_cache(maxsize=1)
def kind() -> str:
    """How the child is kept in: "bwrap", "landlock", or "none" (only GeoJSON and CSV then)."""
    with contextlib.suppress(OSError):  # the child may not write, so its modules are compiled here
        for part in ("gate", "ingest_child"):
            compileall.compile_dir(_LAYERS / part, quiet=2)
    forced = os.environ.get("IMPORT_SANDBOX", "")
    if forced in ("bwrap", "landlock", "none"):
        return forced
    if shutil.which("bwrap") and _bwrap_works():
        return "bwrap"
    return "landlock" if lock.landlock_version() else "none"


def _bwrap_works() -> bool:
    trial = ["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", *_usr_links(), "/usr/bin/true"]
    try:
        return subprocess.run(trial, capture_output=True, timeout=10, check=False).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def opened(source: Path, request: Request, *, wall_s: float = WALL_S) -> Iterator[Outcome]:
    """Let the child read `source`; inside the block its rows and pictures may be taken.

    Never raises for what the file does: a child that dies leaves a report that says so.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as name:
        folder = Path(name)
        yield Outcome(_report(source, request, folder, wall_s), folder)


def _report(source: Path, request: Request, folder: Path, wall_s: float) -> dict[str, Any]:
    if source.stat().st_size > MAX_FILE_BYTES:
        return failed(Refusal("TOO_LARGE", limit_mib=MAX_FILE_BYTES >> 20))
    if kind() == "none" and request.format not in OWN_PARSERS:
        return failed(Refusal("NO_SANDBOX", format=request.format))
    shutil.copyfile(source, folder / "input")
    (folder / "request.json").write_text(request.dump(), encoding="utf-8")
    code = _run(_command(folder), folder, wall_s)
    if code:
        return failed(_died(code))
    return _trusted(folder / "report.json")


def failed(refusal: Refusal) -> dict[str, Any]:
    """A report that says why the file as a whole was refused."""
    return {
        "status": "rejected", "rows": 0, "accepted": 0, "rejected": 0, "repaired": 0,
        "errors": [{"row": 0, "code": refusal.code, "args": refusal.values}],
        "codes": {refusal.code: 1}, "warnings": [], "crs": None, "accuracy_m": None,
        "bounds": None, "kinds": {}, "columns": [], "facts": {},
    }  # fmt: skip


def _died(code: int) -> Refusal:
    number = -code if code < 0 else code - 128
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return Refusal("TIMEOUT", seconds=lock.CPU_S)
    return Refusal("READER_DIED", signal=number)


def _run(command: list[str], folder: Path, wall_s: float) -> int:
    """Run the child to its end or to the wall clock; all its processes end with it."""
    with (folder / "child.log").open("wb") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_ENVIRONMENT,
            cwd=folder,
            start_new_session=True,
        )
        try:
            return child.wait(timeout=wall_s)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _command(folder: Path) -> list[str]:
    if kind() == "bwrap":
        return _in_namespaces(folder)
    script = str(_LAYERS / "ingest_child" / "run.py")
    plain = [sys.executable, "-I", script, str(folder)]
    if kind() == "none":
        return plain
    return [*plain, "--lock", *_python_folders(), str(_LAYERS), "/usr", "/lib", "/lib64"]


def _in_namespaces(folder: Path) -> list[str]:
    """No network, no other process, no file but Python, its packages, and the job's folder."""
    binds: list[str] = ["--ro-bind", "/usr", "/usr", *_usr_links()]
    for path in _python_folders():
        if not path.startswith("/usr/"):
            binds += ["--ro-bind", path, path]
    for part in ("__init__.py", "gate", "ingest_child"):
        binds += ["--ro-bind", str(_LAYERS / part), f"{_INSIDE}/{part}"]
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session",
        *binds, "--dev", "/dev", "--tmpfs", "/tmp",  # noqa: S108 (a fresh one inside)
        "--bind", str(folder), "/job",
        "--chdir", "/job", "--clearenv",
        *(word for pair in _ENVIRONMENT.items() for word in ("--setenv", *pair)),
        sys.executable, "-I", f"{_INSIDE}/ingest_child/run.py", "/job",
    ]  # fmt: skip


def _usr_links() -> list[str]:
    """/bin, /lib and their like: links into /usr, or folders of their own."""
    words: list[str] = []
    for name in ("bin", "lib", "lib64", "lib32"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    return words


def _python_folders() -> list[str]:
    """The folders this Python lives in: the environment, and what it was made from."""
    base = Path(sys.executable).resolve().parent.parent
    real = Path(sys.prefix).resolve()
    return sorted({sys.prefix, str(real), sys.base_prefix, str(base)})


def _trusted(path: Path) -> dict[str, Any]:
    """The report, read as a stranger's: small, strict, with the account that must add up."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_REPORT_BYTES else b""
        report = strict_json.loads(data)
    except (OSError, Refusal):
        return failed(Refusal("READER_DIED", signal=0))
    counts = [report.get(name) for name in ("rows", "accepted", "rejected", "repaired")]
    whole = all(isinstance(n, int) and n >= 0 for n in counts)
    if not whole or report["accepted"] + report["rejected"] != report["rows"]:
        return failed(Refusal("READER_DIED", signal=0))
    return report
