"""Start of the child: `python -I run.py FOLDER [--lock READABLE…]`; shuts the doors, then reads."""

from __future__ import annotations

import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Limit this process, then read FOLDER/input as FOLDER/request.json says."""
    here = Path(__file__).resolve().parent
    sys.path[:0] = [str(here.parent.parent)]
    from layers.ingest_child import lock

    folder = Path(arguments[0])
    lock.limit()
    if arguments[1:2] == ["--lock"]:
        lock.shut(arguments[2:], [str(folder)])
    from layers.ingest_child import read as reading
    from layers.ingest_child.request import read_request

    request = read_request(folder / "request.json")
    reading.write_report(folder, reading.read(folder / "input", request))


if __name__ == "__main__":
    main(sys.argv[1:])
