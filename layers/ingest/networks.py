"""Street networks (.osm, .osm.pbf, .graphml) into the streets layer, through the street reader."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from layers.catalog.streets import actions
from layers.catalog.streets.models import StreetEdge
from layers.errors import BadInput
from layers.gate.sentences import sentence
from layers.ingest.account import Account, Told
from layers.ingest.stated import Stated
from layers.ingest.write import Written
from layers.spec import Layer, Origin

SUFFIX = {"osm-xml": ".osm", "osm-pbf": ".osm.pbf", "graphml": ".graphml"}
_GZIP = b"\x1f\x8b"


class BadNetwork(BadInput):
    """Jaringan jalan ini tidak lengkap; simpan ulang dengan osmnx atau sebagai berkas OSM."""

    code = "BAD_NETWORK"


def meant_for(layer: Layer, stated: Stated) -> bool:
    """True when a street file goes into the streets layer."""
    return layer.model is StreetEdge and stated.format in SUFFIX


def load_streets(
    path: Path, account: Account, constants: dict[str, str], kind: str
) -> tuple[Account, Written]:
    """Put the file's streets in the place of all present ones; call it inside a transaction.

    Elements that are no streets do not count; those the child refused are told as a warning.
    Raises NoStreets, BadNetwork.
    """
    with tempfile.TemporaryDirectory(prefix="streets-") as folder:
        named = Path(folder) / f"input{_suffix(path, kind)}"
        shutil.copyfile(path, named)
        try:
            records = actions.read(named)
            turns = actions.read_turns(named, records)
        except (KeyError, ValueError, TypeError, AttributeError, RuntimeError):
            raise BadNetwork from None
    done = actions.replace_streets(
        records=records, turns=turns, origin=constants.get("origin", Origin.PUBLISHED.value)
    )
    told = account.warnings
    if account.rejected:
        words = sentence("SKIPPED_ELEMENTS", {"count": account.rejected, "rows": account.rows})
        told = (*told, Told(0, "SKIPPED_ELEMENTS", words))
    account = replace(
        account, status="accepted", rows=done.streets, accepted=done.streets, rejected=0,
        errors=(), warnings=told, codes={},
    )  # fmt: skip
    return account, Written(inserted=done.streets)


def _suffix(path: Path, kind: str) -> str:
    with path.open("rb") as handle:
        packed = kind == "osm-xml" and handle.read(2) == _GZIP
    return ".osm.gz" if packed else SUFFIX[kind]
