# Words for people: steps with their time, and sentences that end the run.

stop_with() { printf '\n%s\n' "$*" >&2; exit 1; }

note() { printf '    %s\n' "$*"; }

# step LABEL COMMAND...: say what is done, do it, say how long it took.
step() {
  local label=$1 began ended
  shift
  printf '» %s\n' "$label"
  began=$(date +%s%N)
  "$@"
  ended=$(date +%s%N)
  printf '  %s\n' "$(seconds $((ended - began)))"
}

seconds() { local ms=$(($1 / 1000000)); printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)); }

# changed STAMP FILE...: true when the files differ from those seen at the last `remember`.
changed() { [ "$(cat "$STATE/$1" 2>/dev/null)" != "$(fingerprint "${@:2}")" ]; }

remember() { mkdir -p "$STATE"; fingerprint "${@:2}" >"$STATE/$1"; }

fingerprint() {
  { find "$@" -type f -not -path "*/__pycache__/*" -print0 2>/dev/null || true; } | sort -z | xargs -0 -r sha256sum | sha256sum | cut -d" " -f1
}
