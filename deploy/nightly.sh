#!/usr/bin/env bash
# What is done at night: loops compiled, low shapes and counts that went stale, answers anew, the
# week's report, stray photos and old sessions away.
# A step that fails is told and does not keep the others back; the run then ends with 1.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0
manage() { .venv/bin/python manage.py "$@" || { echo "failed, see above: $*" >&2; failed=1; }; }
manage compile_loops # after an update: before somebody's question waits for it
manage publish_layers
manage publish_pmtiles
for study in incident_heat incident_clusters incident_changes incident_alarms emerging_incidents water_leaks street_heat bin_overflow; do .venv/bin/python manage.py analyse "$study" || echo "$study: refused, see above"; done
manage wifi_health
manage weekly_report # the week that is over, once
manage audit_verify
manage sweep_photos # files whose row never came
manage clearsessions
exit $failed
