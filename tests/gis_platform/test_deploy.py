"""Files of deploy/: nginx takes them and logs no token, units and scripts name what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SITE = (DEPLOY / "nginx" / "gis-platform.conf").read_text(encoding="utf-8")
PLACES = (DEPLOY / "nginx" / "gis-platform-locations.conf").read_text(encoding="utf-8")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
TOKEN = "MTc2.c2lnbmF0dXJl"


def logged(path: str) -> str:
    """What the log format says of a path: the first pattern of the map that fits decides."""
    block = re.search(r"map \$uri \$gis_said \{(.*?)\}\n", SITE, re.S)
    assert block
    for pattern, said in re.findall(r'^\s*"~(.+?)"\s+(\S+);', block[1], re.M):
        if found := re.search(pattern.replace("(?<", "(?P<"), path):
            return re.sub(r"\$(\w+)", lambda name: found[name[1]], said)
    return path


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"/t/reports/{TOKEN}/1a2b/12/3/4.mvt", "/t/reports/-/1a2b/12/3/4.mvt"),
        (f"/r/elevation/{TOKEN}/1a2b/12/3/4.png", "/r/elevation/-/1a2b/12/3/4.png"),
        ("/lacak/TTE-2026-000123/", "/lacak/-"),
        ("/peta/", "/peta/"),
    ],
)
def test_no_token_and_no_report_number_is_logged(path, said):
    assert logged(path) == said
    form = re.search(r"log_format gis (.*?);", SITE, re.S)
    assert form and not re.search(r"\$(request|request_uri|args|query_string|http_)\b", form[1])


def test_events_are_neither_buffered_nor_logged_and_tiles_are_locked():
    events = re.search(r"location = /events \{(.*?)\n\}", PLACES, re.S)
    tiles = re.search(r"location ~ \^/\[tr\]/ \{(.*?)\n\}", PLACES, re.S)
    assert events and "proxy_buffering off" in events[1] and "access_log off" in events[1]
    assert (
        tiles and "proxy_cache_lock on" in tiles[1] and "no_cache $http_authorization" in tiles[1]
    )
    assert "proxy_cache_valid" not in PLACES, "what may be kept is the server's to say"


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_the_files(tmp_path):
    http = SITE[: SITE.index("\nserver {")].replace("/var/cache/nginx", str(tmp_path))
    places = PLACES.replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "places.conf").write_text(places)
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {temporary} {http}\n"
        f"server {{ listen 127.0.0.1:8159; include {tmp_path}/places.conf; }} }}"
    )
    done = subprocess.run(
        [str(NGINX), "-t", "-q", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_statement_of_a_person_stands_in_the_log_of_any_of_our_databases():
    setup = (DEPLOY.parent / "setup" / "cluster.sh").read_text(encoding="utf-8")
    primary = (DEPLOY / "postgresql" / "primary.conf").read_text(encoding="utf-8")
    for settings in (setup, primary):
        told = dict(re.findall(r"(?m)^(log_\w+) = (\w+)", settings))
        assert told["log_error_verbosity"] == "terse"
        assert told["log_min_error_statement"] == "panic"  # values stand in the statements


def test_a_command_runs_with_the_settings_as_they_stand(tmp_path):
    """No shell reads the values, as systemd does not: a password may hold $, spaces and quotes."""
    (tmp_path / "deploy").mkdir()
    script = shutil.copy(DEPLOY / "manage.sh", tmp_path / "deploy")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$* | $SECRET | $QUOTED | $HOME"\n')
    python.chmod(0o755)
    runuser = tmp_path / "runuser"
    runuser.write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    runuser.chmod(0o755)
    settings = tmp_path / "env"
    settings.write_text('# a remark\n\nSECRET=a$b `c` d\nQUOTED="e f"\nVAR_DIR=/var/x')
    done = subprocess.run(
        ["bash", script, "migrate", "-v0"], capture_output=True, text=True,
        env={"SETTINGS": str(settings), "PATH": f"{tmp_path}:/usr/bin:/bin"},
    )  # fmt: skip
    assert done.stdout == "manage.py migrate -v0 | a$b `c` d | e f | /var/x\n", done.stderr


def test_modules_are_served_as_scripts():
    static = re.search(r"location /static/ \{(.*?)\n\}", PLACES, re.S)
    assert static and "text/javascript mjs;" in static[1]


def test_units_and_scripts_name_commands_and_files_that_exist():
    texts = [
        path.read_text(encoding="utf-8") for path in sorted(DEPLOY.rglob("*")) if path.is_file()
    ]
    named = {
        name
        for text in texts
        for name in re.findall(r"(?:manage\.py|manage\.sh|manage) ([a-z_]+)", text)
    }
    assert named and named <= set(get_commands())
    for path in sorted((DEPLOY / "systemd").glob("*.service")):
        for script in re.findall(r"/opt/gis-platform/(deploy/\S+)", path.read_text("utf-8")):
            assert (DEPLOY.parent / script).stat().st_mode & 0o111, script
    for script in sorted(DEPLOY.glob("*.sh")):
        assert subprocess.run(["bash", "-n", str(script)], capture_output=True).returncode == 0
