# What the machine must bring: Debian packages, room, and the right to install.

# as_root COMMAND...: run it as root, or say what to type.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then sudo "$@"
  else stop_with "Perlu hak root. Ketik / root is needed, type:  su -c '$*'"; fi
}

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# postgres_version: newest PostgreSQL on this machine that has PostGIS, or nothing.
postgres_version() {
  local bin version
  for bin in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr); do
    version=$(basename "$(dirname "$bin")")
    if [ -x "$bin/initdb" ] && [ -f "/usr/share/postgresql/$version/extension/postgis.control" ]; then
      echo "$version"; return
    fi
  done
}

python_command() {
  local candidate
  for candidate in python3.11 python3 python3.12; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null; then
      echo "$candidate"; return
    fi
  done
}

missing_packages() { # parts|demo|test
  local python
  python=$(python_command)
  if [ -z "$python" ]; then echo python3 python3-venv
  elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then echo "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"; fi
  if ! command -v node >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 18 ]; then echo nodejs; fi
  command -v npm >/dev/null || echo npm
  command -v bwrap >/dev/null || echo bubblewrap
  command -v msgfmt >/dev/null || echo gettext
  installed fonts-dejavu-core || echo fonts-dejavu-core
  [ "$1" = test ] || return 0
  own_chromium || snaps_only || echo chromium
  command -v ogrinfo >/dev/null || echo gdal-bin
  command -v exiftool >/dev/null || echo libimage-exiftool-perl
  installed libatomic1 || echo libatomic1 # the program that drives the browser links against it
}

own_chromium() { case $(command -v chromium || true) in '' | /snap/*) return 1 ;; esac }

snaps_only() { grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null; }

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>"$VAR_DIR/apt.log" 2>&1
}

system_packages() { # parts|demo|test
  local want
  enough_room
  want=$(missing_packages "$1" | tr '\n' ' ')
  [ "$1" = parts ] || [ -n "${DATABASE_URL:-}" ] || [ -n "$(postgres_version)" ] || want="$want postgresql"
  if [ -z "${want// /}" ]; then note "lengkap / complete"; return; fi
  command -v apt-get >/dev/null || stop_with "Mesin ini tanpa apt-get; pasang sendiri / install by hand: $want PostGIS"
  note "apt-get install $want"
  as_root apt-get update -q >"$VAR_DIR/apt.log" 2>&1 ||
    stop_with "Daftar paket tak dapat diambil (jaringan?). Lihat / no package list, is the network up? See $VAR_DIR/apt.log"
  if [[ " $want " == *" postgresql "* ]]; then
    want="${want// postgresql/} $(postgis_packages)"
    no_default_cluster
  fi
  # shellcheck disable=SC2086
  apt_install $want || stop_with "Paket gagal dipasang / packages could not be installed ($want). See $VAR_DIR/apt.log"
}

postgis_packages() {
  local version
  version=$(apt-cache depends postgresql 2>/dev/null | grep -o 'postgresql-[0-9]*' | head -1 | cut -d- -f2)
  [ -n "$version" ] || stop_with "Daftar paket tak memuat PostgreSQL / the package list holds no PostgreSQL; check /etc/apt/sources.list"
  echo "postgresql-$version postgresql-$version-postgis-3"
}

# The platform keeps a cluster of its own; Debian need not start one at port 5432.
no_default_cluster() {
  installed postgresql-common && return
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/gis-platform.conf >/dev/null
}

enough_room() {
  local free_mb
  [ -x .venv/bin/python ] && return
  free_mb=$(df -Pm "$ROOT" | awk 'NR==2 {print $4}')
  [ "$free_mb" -ge 4000 ] || stop_with "Ruang disk kurang / not enough room: $free_mb MB free in $ROOT, 4000 MB are needed."
}
