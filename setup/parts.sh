# Python, front-end, translations, static files, lock files: each only when its source changed.

manage_py() { .venv/bin/python manage.py "$@"; }

python_parts() { # parts|demo|test
  local list=requirements.txt python
  [ "$1" = test ] && list=requirements-dev.txt
  python=$(python_command)
  [ -n "$python" ] || stop_with "Python 3.11 atau 3.12 tidak ada / Python 3.11 or 3.12 is missing"
  if ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv "$STATE"/python-*
    "$python" -m venv .venv
  fi
  if ! changed "python-$list" "$list" || { [ "$list" = requirements.txt ] && ! changed python-requirements-dev.txt requirements-dev.txt; }; then
    note "tetap / unchanged"; return
  fi
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$list" ||
    stop_with "Paket Python gagal dipasang (jaringan? ruang?) / Python packages could not be installed: is there network and room?"
  remember "python-$list" "$list"
}

front_parts() {
  if [ -d node_modules ] && ! changed front package-lock.json; then note "tetap / unchanged"; return; fi
  npm ci --no-audit --no-fund --loglevel=error || stop_with "npm ci gagal (jaringan?) / npm ci failed: is there network?"
  remember front package-lock.json
}

# Ubuntu has Chromium as a snap only, which opens no folder of ours: there Playwright brings its own.
browser_parts() {
  if own_chromium; then note "lengkap / complete"; return; fi
  { as_root .venv/bin/playwright install-deps chromium && .venv/bin/playwright install chromium; } >>"$VAR_DIR/apt.log" 2>&1 ||
    stop_with "Chromium tak dapat diambil (jaringan?) / Chromium could not be fetched: is there network? See $VAR_DIR/apt.log"
  mkdir -p "$VAR_DIR/bin"
  ln -sf "$(.venv/bin/python -c 'from playwright.sync_api import sync_playwright as p
with p() as it: print(it.chromium.executable_path)')" "$VAR_DIR/bin/chromium"
}

word_parts() {
  local words
  for words in gis_platform/locale/*/LC_MESSAGES/django.po layers/locale/*/LC_MESSAGES/django.po; do
    [ -f "$words" ] || continue
    [ "${words%.po}.mo" -nt "$words" ] || msgfmt -o "${words%.po}.mo" "$words"
  done
}

static_parts() {
  word_parts
  if [ -d "$VAR_DIR/static" ] && ! changed static gis_platform/static layers/static package-lock.json requirements.txt; then note "tetap / unchanged"; return; fi
  manage_py collectstatic --noinput -v0
  remember static gis_platform/static layers/static package-lock.json requirements.txt
}

lock_files() {
  command -v uv >/dev/null || stop_with "Pasang uv lebih dulu / install uv first (pipx install uv)"
  local list
  for list in requirements requirements-dev; do
    uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url "$list.in" -o "$list.txt"
  done
  npm install --package-lock-only --no-audit --no-fund
}

lint() {
  step "ruff" .venv/bin/ruff check .
  step "ruff format" .venv/bin/ruff format --check -q .
  step "import contracts" .venv/bin/lint-imports --no-logo
  step "mypy" .venv/bin/mypy
}

# Without words: everything on two cores in one go, what needs a browser last. The journeys' city is
# made meanwhile.
run_tests() {
  if [ $# -gt 0 ]; then step "Tes / tests" pytest_ "$@"; return; fi
  mkdir -p "$VAR_DIR/log"
  setsid nice -n 5 .venv/bin/python -m tests.journeys.template >"$VAR_DIR/log/journeys.log" 2>&1 &
  local city=$!
  # shellcheck disable=SC2064
  trap "kill -- -$city 2>/dev/null || true" EXIT
  step "Tes / tests" pytest_ -n 2 --dist loadgroup --no-loadscope-reorder --create-db --durations=20
}

pytest_() { .venv/bin/python -m pytest "$@"; }
