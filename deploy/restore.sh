#!/usr/bin/env bash
# Bring a backup up in an empty folder and play the archived log to its end, or to a moment.
# deploy/restore.sh BASE_FOLDER NEW_DATA_FOLDER [2026-11-22T08:00:00Z]   (as the cluster's owner)
set -Eeuo pipefail
BASE=$1 NEW=$2 UNTIL=${3:-}
BACKUP_DIR=${BACKUP_DIR:-/var/backups/gis-platform}
[ ! -e "$NEW" ] || [ -z "$(ls -A "$NEW")" ] || { echo "$NEW is not empty" >&2; exit 1; }
mkdir -p -m 700 "$NEW"
cp -a "$BASE/." "$NEW/"
chmod 700 "$NEW"
rm -f "$NEW/platform-files.tar.gz" "$NEW/backup_manifest"
{
  echo "restore_command = 'cp $BACKUP_DIR/wal/%f %p'"
  echo "archive_mode = off"
  [ -z "$UNTIL" ] || echo "recovery_target_time = '$UNTIL'"
  [ -z "$UNTIL" ] || echo "recovery_target_action = promote"
} >>"$NEW/postgresql.auto.conf"
touch "$NEW/recovery.signal"
echo "start it: pg_ctl -D $NEW start;  then unpack $BASE/platform-files.tar.gz into VAR_DIR"
