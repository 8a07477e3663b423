#!/usr/bin/env bash
# A base backup that pg_verifybackup has read again, and the files that no database holds.
# As root (it reads the key that only the platform's login may read) or as the cluster's owner.
# Settings: BACKUP_DIR, DATA_DIR (the platform's VAR_DIR), KEEP (backups), OWNER (of the cluster),
# PGHOST, PGPORT, PGUSER.
set -Eeuo pipefail
BACKUP_DIR=${BACKUP_DIR:-/var/backups/gis-platform}
DATA_DIR=${DATA_DIR:-/var/lib/gis-platform}
KEEP=${KEEP:-7}
OWNER=${OWNER:-postgres}
BIN=${PG_BIN:-$(dirname "$(ls -d /usr/lib/postgresql/*/bin/pg_verifybackup | sort -V | tail -1)")}
as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u "$OWNER" -- "$@"; else "$@"; fi; }
cd /
umask 077
name=$(date -u +%Y%m%dT%H%M%SZ)
if [ "$(id -u)" = 0 ]; then install -d -o "$OWNER" -m 700 "$BACKUP_DIR" "$BACKUP_DIR/base" "$BACKUP_DIR/wal"
else mkdir -p "$BACKUP_DIR/base" "$BACKUP_DIR/wal"; fi
trap 'rm -rf "$BACKUP_DIR/base/$name.part"; echo "backup failed" >&2' ERR
as_owner "$BIN/pg_basebackup" -D "$BACKUP_DIR/base/$name.part" -X stream --checkpoint=fast
as_owner "$BIN/pg_verifybackup" -q "$BACKUP_DIR/base/$name.part"
# secret_key opens tokens and cookies: keep this folder as safe as the database.
held=()
for one in media rasters uploads secret_key; do [ ! -e "$DATA_DIR/$one" ] || held+=("$one"); done
files=$BACKUP_DIR/base/$name.part/platform-files.tar.gz
[ ${#held[@]} = 0 ] || tar -C "$DATA_DIR" -czf "$files" "${held[@]}"
[ "$(id -u)" != 0 ] || [ ! -e "$files" ] || chown "$OWNER" "$files"
mv "$BACKUP_DIR/base/$name.part" "$BACKUP_DIR/base/$name"
ls -d "$BACKUP_DIR"/base/*Z | sort | head -n "-$KEEP" | xargs -r rm -rf
# Log files older than the oldest backup serve nobody.
oldest=$(ls -d "$BACKUP_DIR"/base/*Z | sort | head -1)
start=$(sed -n 's/^START WAL LOCATION:.*file \([0-9A-F]*\).*/\1/p' "$oldest/backup_label")
[ -z "$start" ] || "$BIN/pg_archivecleanup" "$BACKUP_DIR/wal" "$start"
echo "$BACKUP_DIR/base/$name $(du -sh "$BACKUP_DIR/base/$name" | cut -f1)"
