#!/usr/bin/env bash
# Try what deploy/ describes on this machine alone: primary, streaming replica, server, nginx,
# backup and restore, in a temporary folder and on loopback; prints figures, then takes all away.
# Needs nginx (apt-get install nginx-light) and PostgreSQL with PostGIS; ./run setup first.
# deploy/try.sh [FIRST_PORT]
set -Eeuo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"
PORT=${1:-8150} NGINX=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$NGINX" ] || { echo "nginx is missing: apt-get install nginx-light" >&2; exit 2; }
BIN=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)")
WORK=$(mktemp -d "${TMPDIR:-/tmp}/gis-try.XXXXXX")
PRIMARY=$((PORT + 1)) REPLICA=$((PORT + 2)) SERVER=$((PORT + 3)) RESTORED=$((PORT + 4))
SOCK=$WORK/pg
chmod 755 "$WORK"; mkdir -m 777 "$SOCK"
export VAR_DIR=$WORK/var CITY_DIR=${CITY_DIR:-$ROOT/fixtures/geodata/ternate} REPLICA_MOST_BEHIND_S=3
export DATABASE_URL="postgres:///gis?host=$SOCK&port=$PRIMARY&user=gis"
PY=$ROOT/.venv/bin/python

as_owner() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi; }
pg() { as_owner "$BIN/pg_ctl" -D "$SOCK/$1" -w -t 90 -s -l "$SOCK/$1.log" "${@:2}"; }
ask() { psql -X -h "$SOCK" -p "$1" -U gis -d gis -Atc "$2"; }
say() { printf '%-62s %s\n' "$1" "$2"; }
now_ms() { date +%s%3N; }
manage() { REPLICA_URL='' "$PY" -W ignore manage.py "$@"; }

take_away() {
  trap - EXIT ERR
  [ -z "${SERVER_PID:-}" ] || kill "$SERVER_PID" 2>/dev/null || true
  [ -z "${NGINX_PID:-}" ] || kill "$NGINX_PID" 2>/dev/null || true
  for one in restored replica primary; do [ ! -f "$SOCK/$one/postmaster.pid" ] || pg "$one" -m immediate stop || true; done
  wait 2>/dev/null || true
  rm -rf "$WORK"
}
trap take_away EXIT
trap 'echo "failed: $BASH_COMMAND" >&2; tail -5 "$WORK"/*.log "$SOCK"/*.log >&2 2>/dev/null || true' ERR

# --- primary with a city, and its replica -----------------------------------------------------
as_owner "$BIN/initdb" -D "$SOCK/primary" -U gis -A trust --no-sync --data-checksums >/dev/null
as_owner mkdir -p "$SOCK/backup/wal"
sed "s#/var/backups/gis-platform#$SOCK/backup#g; s/^shared_buffers.*/shared_buffers = 128MB/" \
  deploy/postgresql/primary.conf | as_owner tee -a "$SOCK/primary/postgresql.auto.conf" >/dev/null
pg primary -o "-c port=$PRIMARY -c unix_socket_directories=$SOCK -c listen_addresses=''" start
createdb -h "$SOCK" -p "$PRIMARY" -U gis gis
manage migrate -v0
manage load_city "$CITY_DIR" >/dev/null
manage load_rasters >/dev/null
manage publish_layers >/dev/null
manage collectstatic --noinput -v0

began=$(now_ms)
as_owner "$BIN/pg_basebackup" -h "$SOCK" -p "$PRIMARY" -U gis -D "$SOCK/replica" -R -X stream --checkpoint=fast -C -S try_replica
as_owner tee -a "$SOCK/replica/postgresql.auto.conf" <deploy/postgresql/replica.conf >/dev/null
pg replica -o "-c port=$REPLICA -c unix_socket_directories=$SOCK -c listen_addresses='' -c archive_mode=off" start
say "replica made and following (s)" "$(( ($(now_ms) - began) / 1000 ))"

# --- server and nginx, from the shipped files -------------------------------------------------
REPLICA_URL="postgres:///gis?host=$SOCK&port=$REPLICA&user=gis" "$ROOT/.venv/bin/granian" --interface asgi --workers 1 \
  --loop uvloop --port "$SERVER" --no-ws --log-level warning tile_service.asgi:application >"$WORK/server.log" 2>&1 &
SERVER_PID=$!
{
  echo "daemon off; pid $WORK/nginx.pid; error_log $WORK/nginx-error.log; worker_processes 1;"
  [ "$(id -u)" != 0 ] || echo "user root;"
  echo "events { worker_connections 512; }"
  echo "http { client_body_temp_path $WORK/t1; proxy_temp_path $WORK/t2; fastcgi_temp_path $WORK/t3; uwsgi_temp_path $WORK/t4; scgi_temp_path $WORK/t5;"
  sed "/^server {/,\$d; s/127.0.0.1:8000/127.0.0.1:$SERVER/; s#/var/cache/nginx/gis-tiles#$WORK/kept#" deploy/nginx/gis-platform.conf
  echo "server { listen 127.0.0.1:$PORT; include $WORK/locations.conf; } }"
} >"$WORK/nginx.conf"
sed "s#/var/log/nginx/gis-platform.log#$WORK/access.log#; s#/var/lib/gis-platform#$VAR_DIR#" deploy/nginx/gis-platform-locations.conf >"$WORK/locations.conf"
"$NGINX" -t -q -c "$WORK/nginx.conf"
"$NGINX" -c "$WORK/nginx.conf" &
NGINX_PID=$!

cat >"$WORK/client.py" <<'EOT'
"""Loopback client: get PATH | kind PATH | many PATH COUNT | fresh PATH ETAG | wait PORT | field JSON-PATH NAME."""
import http.client, json, sys, time
from concurrent.futures import ThreadPoolExecutor

port, what, *words = int(sys.argv[1]), *sys.argv[2:]

def get(path):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    link.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = link.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()

if what == "get":
    status, headers, body = get(words[0])
    print(status, headers.get("X-Cache", headers.get("x-cache", "-")), len(body))
elif what == "kind":
    status, headers, _ = get(words[0])
    print(status, headers.get("Content-Type", headers.get("content-type", "-")))
elif what == "etag":
    print(get(words[0])[1].get("etag", ""))
elif what == "text":
    print(get(words[0])[2].decode())
elif what == "field":
    print(json.loads(get(words[0])[2])[words[1]][0])
elif what == "many":
    with ThreadPoolExecutor(int(words[1])) as threads:
        found = list(threads.map(get, [words[0]] * int(words[1])))
    print(sum(status == 200 for status, _, _ in found), len({body for _, _, body in found}))
elif what == "fresh":
    began = time.monotonic()
    while get(words[0])[1].get("etag", "") in {words[1], ""}:
        assert time.monotonic() - began < 30, "never fresh"
        time.sleep(0.01)
    print(int((time.monotonic() - began) * 1000))
elif what == "wait":
    for _ in range(600):
        try:
            if get("/healthz")[0] == 200:
                break
        except OSError:
            pass
        time.sleep(0.1)
    else:
        sys.exit("no answer")
EOT
client() { "$PY" "$WORK/client.py" "$@"; }
client "$PORT" wait
tile_of() { # layer z x y: path of a tile
  client "$PORT" field "/tiles/$1.json" tiles | sed "s#^https\?://[^/]*##; s/{z}/$2/; s/{x}/$3/; s/{y}/$4/"
}
read -r Z X Y <<<"$("$PY" - "$CITY_DIR" <<'EOT'
import math, sys, tomllib
lon, lat = tomllib.load(open(sys.argv[1] + "/city.toml", "rb"))["centre"]
size = 2**12
print(12, int((lon + 180) / 360 * size), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * size))
EOT
)"

# --- what is shown -----------------------------------------------------------------------------
RASTER=$(tile_of elevation "$Z" "$X" "$Y")
read -r good bodies <<<"$(client "$PORT" many "$RASTER" 50)"
upstream=$(grep -c ' MISS ' "$WORK/access.log")
say "50 equal requests for a cold immutable tile" "$good good, $bodies body, $upstream asked upstream"
[ "$good $bodies $upstream" = "50 1 1" ]
say "the same tile again" "$(client "$PORT" get "$RASTER")"
grep -q ' HIT ' "$WORK/access.log"
! grep -q '/pub/' "$WORK/access.log"
say "tokens in nginx's log" "0 of $(wc -l <"$WORK/access.log") lines"

say "a module of the pages" "$(client "$PORT" kind /static/platform/words.mjs)"
[ "$(client "$PORT" kind /static/platform/words.mjs)" = "200 text/javascript" ]

VECTOR=$(tile_of waste-bins "$Z" "$X" "$Y")
say "a vector tile" "$(client "$PORT" get "$VECTOR")"
on_replica=$(ask "$REPLICA" "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'gis_tiles%'")
on_primary=$(ask "$PRIMARY" "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'gis_tiles%'")
say "connections of tile logins: replica, primary" "$on_replica, $on_primary"
[ "$on_replica" -gt 0 ] && [ "$on_primary" = 0 ]

change() { ask "$PRIMARY" "UPDATE layers_wastebin SET fill_pct = (fill_pct + 7) % 100" >/dev/null; }
times=()
for _ in 1 2 3 4 5; do etag=$(client "$PORT" etag "$VECTOR"); change; times+=("$(client "$PORT" fresh "$VECTOR" "$etag")"); done
say "commit to fresh tile through the replica (ms)" "${times[*]}"

ask "$REPLICA" "SELECT pg_wal_replay_pause()" >/dev/null
etag=$(client "$PORT" etag "$VECTOR"); change
say "the same with replay paused, limit $REPLICA_MOST_BEHIND_S s (ms)" "$(client "$PORT" fresh "$VECTOR" "$etag")"
say "told by the server" "$(grep -o 'the replica is more than.*' "$WORK/server.log" | tail -1)"
say "/healthz" "$(client "$SERVER" text /healthz)"
ask "$REPLICA" "SELECT pg_wal_replay_resume()" >/dev/null
for _ in $(seq 100); do ! grep -q 'caught up' "$WORK/server.log" || break; sleep 0.1; done
say "told by the server" "$(grep -o 'the replica has caught up.*' "$WORK/server.log" | tail -1)"

pg replica -m immediate stop
etag=$(client "$PORT" etag "$VECTOR"); change
say "replica gone: commit to fresh tile (ms)" "$(client "$PORT" fresh "$VECTOR" "$etag")"
say "told by the server" "$(grep -o 'the replica cannot be reached.*' "$WORK/server.log" | tail -1)"

# --- backup and restore --------------------------------------------------------------------------
began=$(now_ms)
base=$(env BACKUP_DIR="$SOCK/backup" DATA_DIR="$VAR_DIR" PGHOST="$SOCK" PGPORT="$PRIMARY" PGUSER=gis PG_BIN="$BIN" deploy/backup.sh 2>"$WORK/backup.log" | tail -1 | cut -d' ' -f1)
say "backup made and verified (s)" "$(( ($(now_ms) - began) / 1000 ))"
say "the key and the rasters in it" "$(tar -tzf "$base/platform-files.tar.gz" | grep -c -e '^secret_key$' -e '^rasters/$') of 2"
[ "$(tar -tzf "$base/platform-files.tar.gz" | grep -c -e '^secret_key$' -e '^rasters/$')" = 2 ]
ask "$PRIMARY" "CREATE TABLE after_backup AS SELECT generate_series(1, 1000) AS n" >/dev/null
segment=$(ask "$PRIMARY" "SELECT pg_walfile_name(pg_switch_wal())")
for _ in $(seq 300); do [ ! -f "$SOCK/backup/wal/$segment" ] || break; sleep 0.1; done
pg primary -m immediate stop
began=$(now_ms)
as_owner env BACKUP_DIR="$SOCK/backup" bash -s -- "$base" "$SOCK/restored" <deploy/restore.sh >/dev/null
pg restored -o "-c port=$RESTORED -c unix_socket_directories=$SOCK -c listen_addresses=''" start
for _ in $(seq 900); do [ "$(ask "$RESTORED" "SELECT pg_is_in_recovery()")" != f ] || break; sleep 0.1; done  # it answers before the log is played
say "restored, log played (s)" "$(( ($(now_ms) - began) / 1000 ))"
say "rows written after the backup and kept" "$(ask "$RESTORED" "SELECT count(*) FROM after_backup") of 1000"
say "reports in the restored city" "$(ask "$RESTORED" "SELECT count(*) FROM layers_report")"
[ "$(ask "$RESTORED" "SELECT count(*) FROM after_backup")" = 1000 ]
echo "all shown"
