# The city's data, the server (Django and tiles together), the worker, and how they stop.

PORT=${PORT:-8000}
RUNNING=$VAR_DIR/state/running

CITY_SOURCES="fixtures layers spatial_analysis tile_service gis_platform/management manage.py"

city_up() {
  # shellcheck disable=SC2086
  if [ "$(cat "$STATE/city-database" 2>/dev/null)" = "$DATABASE_URL|${CITY_DIR:-}" ] && ! changed city $CITY_SOURCES; then
    note "tetap / unchanged"; return
  fi
  manage_py setup_city
  # shellcheck disable=SC2086
  remember city $CITY_SOURCES
  printf '%s' "$DATABASE_URL|${CITY_DIR:-}" >"$STATE/city-database"
}

port_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

serve() {
  port_free || stop_with "Porta $PORT sudah dipakai / port $PORT is taken. Type: PORT=8080 ./run demo  (or ./run stop)"
  step "Pekerja dan peladen / worker and server" start_processes
  manage_py demo_people --print "http://localhost:$PORT"
  printf '\nCtrl+C berhenti / stops the server (the database goes on; ./run stop ends it)\n'
  trap stop_processes EXIT INT TERM
  wait "$SERVER" || true
}

start_processes() {
  mkdir -p "$VAR_DIR/log"
  .venv/bin/granian --interface asgi --workers "${WORKERS:-2}" --loop uvloop --host "${HOST:-127.0.0.1}" --port "$PORT" \
    --workers-kill-timeout 5 --no-ws tile_service.asgi:application >"$VAR_DIR/log/server.log" 2>&1 &
  SERVER=$!
  known_by "$SERVER" >"$RUNNING"
  local try
  for try in $(seq 300); do
    if curl_ok "/healthz"; then start_worker; return; fi
    kill -0 "$SERVER" 2>/dev/null || break
    sleep 0.1
  done
  tail -20 "$VAR_DIR/log/server.log" >&2
  stop_with "Peladen tak menjawab / the server does not answer; see $VAR_DIR/log/server.log"
}

# The worker starts last: the first page waits for nothing that it needs not; then what is not yet
# compiled. Started without a function around them, so that the numbers kept are their own and not
# those of shells that outlive them.
start_worker() {
  .venv/bin/python manage.py db_worker --interval 1 >"$VAR_DIR/log/worker.log" 2>&1 &
  local worker=$!
  nice -n 19 .venv/bin/python manage.py compile_loops >"$VAR_DIR/log/loops.log" 2>&1 &
  known_by "$SERVER" "$worker" "$!" >"$RUNNING"
}

curl_ok() {
  .venv/bin/python - "http://127.0.0.1:$PORT$1" <<'EOT' 2>/dev/null
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2)
EOT
}

# A number alone may be another's by now (the machine was restarted): it counts with its start.
known_by() { local pid; for pid in "$@"; do echo "$pid:$(started_at "$pid")"; done; }

started_at() { # PID: ticks from the machine's start to its own; nothing when it is gone
  local told
  told=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  # shellcheck disable=SC2086
  set -- ${told##*) } # the name, which may hold anything, stands in brackets before
  echo "${20}"
}

stop_processes() {
  trap - EXIT INT TERM
  [ -f "$RUNNING" ] || return 0
  local pid began
  while IFS=: read -r pid began; do
    [ "$(started_at "$pid")" != "$began" ] || kill "$pid" 2>/dev/null || true
  done <"$RUNNING"
  rm -f "$RUNNING"
}

stop_all() { stop_processes; stop_cluster; echo "Berhenti / stopped."; }

reset_all() {
  if [ -t 0 ]; then
    read -r -p "Hapus basis data dan $VAR_DIR? / delete the database and $VAR_DIR? (ya/yes) " answer
    case $answer in ya | yes) ;; *) stop_with "Tidak ada yang dihapus / nothing was deleted." ;; esac
  fi
  stop_all
  [ -z "${CLUSTER_DATA:-}" ] || rm -rf "$CLUSTER_DATA" "$CLUSTER_SOCKET"
  rm -rf "$VAR_DIR"
}
