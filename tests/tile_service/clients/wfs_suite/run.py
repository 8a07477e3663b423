"""Run OGC's suite for WFS 2.0 against a served city: `run.py ADDRESS` (CONTRIBUTING.md).

Needs Maven and a JDK 17 with its sources. The suite was written for Java 8: its library keeps
services in a class that newer Javas reserve for images, so that class is compiled again without the
reservation, for this run alone. Schemas come from the suite's own jar, so no network is needed
once Maven has fetched it. Exit status 1: a test of what we claim has failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from xml.etree import ElementTree

HERE = Path(__file__).parent
CLAIMED = {"Preconditions", "All GML application schemas", "Simple WFS", "Response paging",
           "GML application schemas defining features"}  # fmt: skip
OLD = "/xlink/1.0/"  # the schemas of GML and OWS use the newer one of W3C
SHOWN = 12  # failures, each with its first words
REGISTRY = "java.desktop/javax/imageio/spi/ServiceRegistry.java"
RESERVED = "private static void checkClassAllowed(Class<?> clazz) {"
OPEN = "ServiceRegistry.class.getModule().addUses(clazz); if (true) return;"
MAIN = "org.opengis.cite.iso19142.TestNGController"
LONGEST_S = 900


def suite(room: Path) -> Path:
    """Folder of the suite's jars."""
    jars = room / "jars"
    fetch = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies",
             f"-DoutputDirectory={jars}"]  # fmt: skip
    subprocess.run(fetch, check=True, timeout=LONGEST_S)
    return jars


def schemas(jars: Path) -> dict[str, bytes]:
    """The suite's own copies of OGC's schemas, by the stem of their names."""
    with zipfile.ZipFile(next(jars.glob("ets-wfs20-*-aio.jar"))) as jar:
        names = [name for name in jar.namelist() if "iso19142/xsd/" in name and OLD not in name]
        found = {}
        for name in sorted(names, reverse=True):  # of two versions the earlier, 2.0.0, stays
            if name.endswith(".xsd"):
                found[re.sub(r"-[\d.]+$", "", PurePosixPath(name).stem)] = jar.read(name)
    return found


def serve(held: dict[str, bytes]) -> int:
    """Port of a proxy on loopback that answers with schemas alone."""

    class Schemas(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stem = PurePosixPath(urlsplit(self.path).path).stem.removesuffix("All")
            self.send_response(200 if stem in held else 404)
            self.end_headers()
            self.wfile.write(held.get(stem, b""))

        def log_message(self, *_told: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Schemas)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def patched(room: Path) -> list[str]:
    """Options that let the suite's library run on a Java newer than 8."""
    told = subprocess.run(
        ["java", "-XshowSettings:properties", "-version"],
        capture_output=True,
        text=True,
        timeout=60,
    ).stderr
    home = re.search(r"java\.home = (.+)", told)
    if home is None or "java.version = 1.8" in told:
        return []
    source = Path(home[1].strip()) / "lib" / "src.zip"
    if not source.exists():
        raise SystemExit(f"{source} is missing: install the JDK's sources, or use Java 8.")
    with zipfile.ZipFile(source) as archive:
        text = archive.read(REGISTRY).decode()
    (room / "src").mkdir(parents=True, exist_ok=True)
    file = room / "src" / "ServiceRegistry.java"
    file.write_text(text.replace(RESERVED, f"{RESERVED} {OPEN}"), encoding="utf-8")
    out = room / "patch"
    compile_ = ["javac", "-nowarn", "--patch-module", f"java.desktop={file.parent}",
                "-d", str(out), str(file)]  # fmt: skip
    subprocess.run(compile_, check=True, timeout=LONGEST_S, capture_output=True)
    return ["--patch-module", f"java.desktop={out}",
            "--add-opens", "java.base/java.lang=ALL-UNNAMED"]  # fmt: skip


def run(address: str, room: Path) -> Path:
    """File of results."""
    jars = suite(room)
    port = serve(schemas(jars))
    asked = room / "asked.xml"
    at = f"{address}?service=WFS&amp;version=2.0.0&amp;request=GetCapabilities"
    asked.write_text(f'<properties version="1.0"><entry key="wfs">{at}</entry></properties>')
    proxy = [f"-Dhttp.proxyPort={port}", "-Dhttp.proxyHost=127.0.0.1",
             "-Dhttp.nonProxyHosts=127.0.0.1|localhost"]  # fmt: skip
    command = ["java", *patched(room), *proxy, "-cp", f"{jars}/*",
               MAIN, "-o", str(room), str(asked)]  # fmt: skip
    with (room / "log.txt").open("wb") as log:
        subprocess.run(command, check=True, timeout=LONGEST_S, stdout=log, stderr=log, cwd=room)
    return max(room.glob("testng/*/testng-results.xml"), key=lambda path: path.stat().st_mtime)


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def show(results: Path) -> int:
    """Print what passed, failed and was skipped; failures of what is claimed."""
    bad = 0
    for group in ElementTree.parse(results).iter("test"):
        tests = [one for one in group.iter("test-method") if one.get("is-config") != "true"]
        count = Counter(one.get("status") for one in tests)
        mark = "claimed" if group.get("name") in CLAIMED else ""
        passed, wrong, skipped = (count[word] for word in ("PASS", "FAIL", "SKIP"))
        name = group.get("name", "")
        say(f"{name:45} {passed:4} passed {wrong:4} failed {skipped:4} skipped  {mark}")
        failed = [one for one in tests if one.get("status") == "FAIL"]
        bad += len(failed) if mark else 0
        for one in failed[:SHOWN]:
            said = " ".join("".join(m.text or "" for m in one.iter("message")).split())
            say(f"    {one.get('name')}: {said[:160]}")
    return bad


if __name__ == "__main__":
    place = Path(os.environ.get("VAR_DIR", "var")).absolute() / "wfs-suite"
    place.mkdir(parents=True, exist_ok=True)
    sys.exit(1 if show(run(sys.argv[1], place)) else 0)
