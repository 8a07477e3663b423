"""One file to one report: the format's reader between an open and a closed ledger."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from layers.gate import Refusal
from layers.ingest_child.ledger import Ledger
from layers.ingest_child.request import MAX_FILE_BYTES, READERS, Request


def read(path: Path, request: Request) -> dict[str, Any]:
    """Read `path` as `request.format`; accepted rows go to rows.jsonl beside it."""
    ledger = Ledger(request, path.parent / "rows.jsonl")
    try:
        if request.format not in READERS:
            raise Refusal("UNSUPPORTED", wanted=", ".join(READERS))
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Refusal("TOO_LARGE", limit_mib=MAX_FILE_BYTES >> 20)
        module, name = READERS[request.format]
        getattr(importlib.import_module(f"layers.ingest_child.{module}"), name)(path, ledger)
        ledger.close()
        if ledger.frame is None and request.format not in ("image", "geotiff"):
            ledger.warn("MISSING_CRS")
    except Refusal as failure:
        return ledger.report(failure)
    except MemoryError:
        return ledger.report(Refusal("TOO_LARGE_IN_MEMORY"))
    except RecursionError:
        return ledger.report(Refusal("TOO_DEEP", limit=64))
    return ledger.report()


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Leave the report in the job folder."""
    text = json.dumps(report, ensure_ascii=True)
    (folder / "report.json").write_text(text, encoding="utf-8")
