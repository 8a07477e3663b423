"""Peers to measure beside ours, each list in a virtual environment of its own under VAR_DIR."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

INSTALL_S = 300


def environment(listing: Path) -> Path | None:
    """Folder of the environment of `listing`, made on first use; None when it cannot be had."""
    digest = hashlib.sha256(listing.read_bytes()).hexdigest()[:12]
    folder = Path(os.environ.get("VAR_DIR", "var")).absolute() / "peers" / digest
    done = folder / "complete"
    if done.exists():
        return folder
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "-r", str(listing)]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=INSTALL_S)
        subprocess.run(pip, check=True, timeout=INSTALL_S)
    except (OSError, subprocess.SubprocessError):
        return None
    done.touch()
    return folder
