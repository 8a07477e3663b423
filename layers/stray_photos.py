"""Photos on disk that no row names: what a transaction left behind that was rolled back."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Set
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from layers.catalog.reports import photos
from layers.catalog.reports.photos import Photo
from layers.catalog.rounds import photos as proofs
from layers.catalog.rounds.models import RoundStop
from layers.errors import PlatformError

OLD_ENOUGH = timedelta(hours=24)  # no transaction lasts so long: its row will never come
FEW = 20  # so many may go whatever their share is
OUR_FILE = re.compile(r"([0-9a-f]{32})(?:-k)?\.jpg")  # random names, and their thumbnails
PARTS = tuple(f"{number:02x}" for number in range(256))  # subfolders: the names' first two letters
log = logging.getLogger("gis_platform.photos")


class WrongDatabase(PlatformError):
    """Lebih dari separuh foto tak dikenal basis data ini. Periksa DATABASE_URL dan VAR_DIR."""

    code = "WRONG_DATABASE"


@dataclass(frozen=True, slots=True)
class Swept:
    """Files looked at, with a row, without one but young, without one and old; rows without file.

    `stray_bytes` is the size of the old ones without a row.
    """

    files: int = 0
    named: int = 0
    young: int = 0
    stray: int = 0
    stray_bytes: int = 0
    rows_without_file: int = 0

    def __add__(self, other: Swept) -> Swept:
        mine, theirs = asdict(self), asdict(other)
        return Swept(**{part.name: mine[part.name] + theirs[part.name] for part in fields(Swept)})


def _named(kind: str, part: str) -> set[str]:
    """Names beginning with `part` that rows know, of reports' photos or of proofs of stops."""
    if kind == "foto":
        return set(Photo.objects.filter(name__startswith=part).values_list("name", flat=True))
    return set(RoundStop.objects.filter(photo__startswith=part).values_list("photo", flat=True))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Files of ours in `folder`, which may be missing."""
    if folder.is_dir():
        with os.scandir(folder) as found:
            yield from (one for one in found if OUR_FILE.fullmatch(one.name) and one.is_file())


def _look(folder: Path, named: Set[str], before: datetime) -> tuple[Swept, list[str]]:
    """Counts of one subfolder and the paths of its strays; files of other names are not ours."""
    counts, strays, seen = Swept(), [], set()
    for entry in _entries(folder):
        name, status = entry.name[:32], entry.stat()
        seen.add(name)
        if name in named:
            counts += Swept(files=1, named=1)
        elif status.st_mtime >= before.timestamp():
            counts += Swept(files=1, young=1)
        else:
            counts += Swept(files=1, stray=1, stray_bytes=status.st_size)
            strays.append(entry.path)
    return counts + Swept(rows_without_file=len(named - seen)), strays


def sweep(at: datetime, *, dry_run: bool = False) -> Swept:
    """Delete photos older than a day that no row names; say how many there are.

    A photo that is being kept meanwhile is young in any case. Raises WrongDatabase, and deletes
    nothing, when most of the files would go.
    """
    before, counts, strays = at - OLD_ENOUGH, Swept(), []
    for kind, root in (("foto", photos.folder()), ("bukti", proofs.folder())):
        for part in PARTS:
            found, paths = _look(root / part, _named(kind, part), before)
            counts += found
            strays += paths
    if counts.stray > FEW and counts.stray * 2 > counts.files:
        raise WrongDatabase
    if not dry_run:
        for path in strays:
            Path(path).unlink(missing_ok=True)
    log.info(
        "stray photos %s: %s",
        "counted" if dry_run else "deleted",
        ", ".join(f"{name} {value}" for name, value in asdict(counts).items()),
    )
    return counts
