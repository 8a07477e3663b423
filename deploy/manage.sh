#!/usr/bin/env bash
# A management command with the settings and the login of the services: deploy/manage.sh migrate
set -Eeuo pipefail
SETTINGS=${SETTINGS:-/etc/gis-platform/env}
LOGIN=${LOGIN:-gis}
[ -r "$SETTINGS" ] || { echo "$SETTINGS cannot be read: is it there, and are you root?" >&2; exit 1; }
cd "$(dirname "${BASH_SOURCE[0]}")/.."
while IFS= read -r line || [ -n "$line" ]; do # as systemd reads it: no shell in the values
  case $line in '' | '#'* | ';'*) continue ;; esac
  value=${line#*=}
  case $value in \"*\" | \'*\') value=${value:1:-1} ;; esac
  export "${line%%=*}=$value"
done <"$SETTINGS"
[ -z "${VAR_DIR:-}" ] || export HOME=$VAR_DIR # compiled methods are kept in a folder of one's own
if [ "$(id -u)" = 0 ]; then set -- runuser -u "$LOGIN" -- .venv/bin/python manage.py "$@"
else set -- .venv/bin/python manage.py "$@"; fi
exec "$@"
