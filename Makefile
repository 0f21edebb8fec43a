# Two commands matter: `make run` and `make test`. Both need only Python 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
export PYTHONUTF8 := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: run test check lint types bench build rasa clean lock lock-rasa

run: build
	@exec $(PY) -m bot run

# Building validates the knowledge too. A card on law that has expired by today is left out with a warning.
build: $(VENV)/.runtime rasa
	@$(PY) -m knowledge pictures
	@$(PY) -m retrieval build

# Rasa in an environment of its own, and its model if anything has changed. Without Python 3.10 a line says so, and all
# goes on without it. RASA=off leaves it out.
rasa: $(VENV)/.runtime
	@$(PY) -m intents environment
	@$(PY) -m intents train-nlu

test: $(VENV)/.development build
	$(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: lint types test

lint: $(VENV)/.development
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports
	$(PY) -m knowledge check
	$(PY) -m intents nlu-check

types: $(VENV)/.development
	$(PY) -m mypy

bench: $(VENV)/.development build
	$(PY) -m bench

$(VENV)/bin/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed; name it with: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

# --no-deps: the lock is complete, and without it Linux would pull torch's CUDA packages in.
$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.runtime
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-dev.lock
	@touch $@

# Resolve pyproject.toml afresh into the two locks (in a throw-away environment).
lock:
	rm -rf build/lock && mkdir -p build && "$(PYTHON)" -m venv build/lock
	build/lock/bin/pip install --quiet torch==2.13.0
	build/lock/bin/pip install --quiet .
	build/lock/bin/pip freeze --exclude pip --exclude setuptools --exclude tro-ly-pccc | sed 's/+cpu$$//' > requirements.lock
	build/lock/bin/pip install --quiet ".[dev]"
	build/lock/bin/pip freeze --exclude pip --exclude setuptools --exclude tro-ly-pccc | sed 's/+cpu$$//' | grep -vxFf requirements.lock > requirements-dev.lock

# Resolve Rasa afresh into its lock; afterwards put the markers of tensorflow back (docs/rasa.md).
lock-rasa:
	rm -rf build/lock-rasa && mkdir -p build && "$(RASA_PYTHON)" -m venv build/lock-rasa
	build/lock-rasa/bin/pip install --quiet rasa==3.6.21
	build/lock-rasa/bin/pip freeze --all --exclude pip > requirements-rasa.lock

# Keeps var/postgres: that is residents' data, not a product of the build.
clean:
	rm -rf build var/index .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
