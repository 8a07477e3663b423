# The private PostGIS cluster: own folder, own socket, no TCP. DATABASE_URL replaces it.

CLUSTER_PORT=5462

# cluster_owner: the system user the server runs as (PostgreSQL refuses root).
cluster_owner() { if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi; }

as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

clone_mark() { printf '%s' "$VAR_DIR" | sha256sum | cut -c1-10; }

# Where the data and the socket lie; chosen once, then kept in var/state/cluster.
choose_folders() {
  if [ -f "$STATE/cluster" ]; then . "$STATE/cluster"; return; fi
  CLUSTER_DATA=$VAR_DIR/postgres
  if [ "$(id -u)" = 0 ]; then
    install -d -o postgres -g postgres -m 700 "$CLUSTER_DATA"
    if ! (cd / && as_owner test -w "$CLUSTER_DATA"); then
      rmdir "$CLUSTER_DATA"
      CLUSTER_DATA=/var/lib/gis-platform/$(clone_mark)
      note "Pengguna postgres tak dapat masuk ke sini; data di / data lies in $CLUSTER_DATA"
      install -d -m 755 /var/lib/gis-platform
    fi
    install -d -o postgres -g postgres -m 700 "$CLUSTER_DATA"
  else
    mkdir -p -m 700 "$CLUSTER_DATA"
  fi
  CLUSTER_SOCKET=$(dirname "$CLUSTER_DATA")/socket
  [ ${#CLUSTER_SOCKET} -lt 80 ] && [ "$CLUSTER_DATA" = "$VAR_DIR/postgres" ] || CLUSTER_SOCKET=/tmp/gis-platform-$(clone_mark)
  mkdir -p "$STATE"
  printf 'CLUSTER_DATA=%q\nCLUSTER_SOCKET=%q\n' "$CLUSTER_DATA" "$CLUSTER_SOCKET" >"$STATE/cluster"
}

make_cluster() {
  (cd / && as_owner "$PG_BIN/initdb" -D "$CLUSTER_DATA" -U gis -E UTF8 --locale=C.UTF-8 -k \
    --auth-local=trust --auth-host=reject >"$VAR_DIR/initdb.log" 2>&1) ||
    stop_with "Klaster gagal dibuat / the cluster could not be made; see $VAR_DIR/initdb.log"
  cat >"$VAR_DIR/cluster.conf" <<EOT
listen_addresses = ''
port = $CLUSTER_PORT
max_connections = 80
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
synchronous_commit = on
log_error_verbosity = terse
log_min_error_statement = panic
EOT
  as_owner tee -a "$CLUSTER_DATA/postgresql.conf" <"$VAR_DIR/cluster.conf" >/dev/null
}

socket_ready() {
  if [ "$(id -u)" = 0 ]; then install -d -o postgres -g postgres -m 700 "$CLUSTER_SOCKET"; else mkdir -p -m 700 "$CLUSTER_SOCKET"; fi
}

database_up() {
  if [ -n "${DATABASE_URL:-}" ]; then note "DATABASE_URL"; return; fi
  local version
  version=$(postgres_version)
  [ -n "$version" ] || stop_with "PostGIS belum terpasang / PostGIS is not installed; type: ./run setup"
  PG_BIN=/usr/lib/postgresql/$version/bin
  mkdir -p "$STATE"
  choose_folders
  socket_ready
  [ "$(cd / && as_owner ls -A "$CLUSTER_DATA" 2>/dev/null)" ] || make_cluster
  version_fits
  export DATABASE_URL="postgres:///gis?host=$CLUSTER_SOCKET&port=$CLUSTER_PORT&user=gis"
  if ! "$PG_BIN/pg_isready" -q -h "$CLUSTER_SOCKET" -p $CLUSTER_PORT; then start_cluster; fi
  if ! psql -h "$CLUSTER_SOCKET" -p $CLUSTER_PORT -U gis -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'gis'" | grep -q 1; then
    createdb -h "$CLUSTER_SOCKET" -p $CLUSTER_PORT -U gis gis
  fi
  note "PostgreSQL $version, data $CLUSTER_DATA, socket $CLUSTER_SOCKET"
}

version_fits() {
  local made
  made=$(cd / && as_owner cat "$CLUSTER_DATA/PG_VERSION")
  [ "$made" = "$(basename "$(dirname "$PG_BIN")")" ] && return
  PG_BIN=/usr/lib/postgresql/$made/bin
  [ -x "$PG_BIN/pg_ctl" ] || stop_with "Data dibuat oleh PostgreSQL $made; pasang lagi / the data was made by PostgreSQL $made: install it, or ./run reset"
}

start_cluster() {
  (cd / && as_owner "$PG_BIN/pg_ctl" -D "$CLUSTER_DATA" -s -w -t 60 -l "$CLUSTER_DATA/server.log" \
    -o "-c unix_socket_directories='$CLUSTER_SOCKET'" start) ||
    stop_with "PostgreSQL tak mau mulai / did not start; see $CLUSTER_DATA/server.log"
}

stop_cluster() {
  [ -f "$STATE/cluster" ] || return 0
  . "$STATE/cluster"
  PG_BIN=/usr/lib/postgresql/$(cd / && as_owner cat "$CLUSTER_DATA/PG_VERSION" 2>/dev/null)/bin
  (cd / && as_owner "$PG_BIN/pg_ctl" -D "$CLUSTER_DATA" -s -m fast stop 2>/dev/null) || true
}

# libpq takes no `user` and `port` inside ?host=...; psql is given its own words.
psql_address() { echo "${DATABASE_URL/postgres:/postgresql:}"; }
