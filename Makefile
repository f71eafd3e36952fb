# Handrail. A fresh clone needs Python 3.11 to 3.13 and make; everything else is set up here, into .venv.
#
#   make run       start the app (PORT=8502 for another port)
#   make test      every check and every test, a browser included
#   make install   only the set-up
#   make lint      style, types and import contracts
#   make bench     the benchmarks: figures on the screen and under build/bench/
#   make soak      fault and load tests at full count (hours)

.PHONY: run test install lint bench soak browser
.NOTPARALLEL:

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet -c constraints.txt

# A stamp names exactly what was installed and where: a changed pin, or a moved folder, sets up again; nothing else does.
KEY := $(shell { cat pyproject.toml constraints.txt; pwd; } | cksum | cut -d' ' -f1)
APP := .venv/app-$(KEY)
DEV := .venv/dev-$(KEY)

# Whoever has the tools for the tests has the app as well.
READY := $(firstword $(wildcard $(DEV)) $(APP))

# Only as said to make itself: a PORT in the environment belongs to somebody else.
AT := $(if $(filter command,$(firstword $(origin PORT))),--port $(PORT))

run: $(READY)
	@exec $(BIN)/handrail start $(AT)

install: $(READY)
	@echo "Everything is installed in .venv."

# The few tests that train, serve, drive a browser or break things take as long as all others together: they run beside them.
SLOW := training or service or browser or soak

# Each part always reports; any failing fails the whole.
test: $(DEV) browser
	@mkdir -p build; status=0; \
	$(BIN)/python -m pytest -m '$(SLOW)' > build/slow-tests.log 2>&1 & slow=$$!; trap "kill $$slow" INT TERM; \
	$(MAKE) --no-print-directory lint || status=1; \
	$(BIN)/python -m pytest -m 'not ($(SLOW))' || status=1; \
	echo "The tests that train, serve, drive a browser or break things:"; \
	wait $$slow || status=1; cat build/slow-tests.log; exit $$status

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	@mkdir -p build/bench; status=0; \
	for file in $$(find tests/benchmarks -name 'bench_*.py' | sort); do \
	  module=$$(echo "$${file%.py}" | tr / .); echo "== $$module"; \
	  $(BIN)/python -m "$$module" || status=1; \
	done; exit $$status

soak: $(DEV)
	HANDRAIL_SOAK=full $(BIN)/python -m pytest -m soak

$(APP): $(BIN)/python
	@echo "Setting up .venv: a few minutes the first time."
	@$(PIP) -e .
	@rm -f .venv/app-* .venv/dev-*; touch $@

$(DEV): $(BIN)/python
	@echo "Setting up .venv with the tools for the tests: a few minutes the first time."
	@$(PIP) -e '.[dev]'
	@rm -f .venv/app-* .venv/dev-*; touch $@

# A command called python3.12 may exist and not run (pyenv's stand-ins), or lack what makes a venv: only a trial tells.
$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	  then exec $$python -m venv --clear .venv; fi; \
	done; \
	echo "Handrail needs Python 3.11, 3.12 or 3.13 with its venv module (on Debian: apt install python3-venv)." >&2; exit 1

# A browser for the tests: the one that CHROMIUM names, one on the PATH, else Debian's.
browser:
	@for name in "$$CHROMIUM" chromium chromium-browser google-chrome; do \
	  if [ -n "$$name" ] && command -v "$$name" >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; \
	else \
	  echo "The tests drive a browser: install Chromium or Chrome, or set CHROMIUM to where it is." >&2; exit 1; \
	fi
