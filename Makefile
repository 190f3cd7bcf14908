# The whole set-up: `make demo` shows the main job, `make test` checks all that a change needs; .ci/run tries more of the same.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Processes that tests run in: two for two cores.
PROCESSES ?= 2
# How much the acceptance tests try: random schemas, about a second each; migrations with kills, about three seconds
# each; random changes that verification has to find; and, where THOROUGH is 1, every combination of versions and
# formats, also of those that go the same way through the code. .ci/run tries more than is needed to judge a change.
EXAMPLES ?= 20
CRASHES ?= 3
MUTATIONS ?= 50
THOROUGH ?=
HOW_MUCH = --same-examples $(EXAMPLES) --crashes $(CRASHES) --mutations $(MUTATIONS) $(if $(filter 1,$(THOROUGH)),,--brief)

.PHONY: help demo test lint unit acceptance bench bench-parts docs lock clean

help:
	@echo "make demo        migrate a database between two servers that are started for it"
	@echo "make test        lint, unit and acceptance; THOROUGH=1 and other numbers try more, as .ci/run does"
	@echo "make lint        style, types and import contracts"
	@echo "make unit        tests that need no server"
	@echo "make acceptance  tests on real servers"
	@echo "make bench       migrations beside other programs, half an hour; BENCH=\"mixed chinook\" for these only"
	@echo "make bench-parts how long starting, ordering and planning take"
	@echo "make docs        write docs/commands.md again, after a change to the commands"
	@echo "make lock        write requirements/ again, after a change to pyproject.toml (needs uv)"
	@echo "make clean       remove the environment and all caches"
	@echo "Python 3.11 or later is $(PYTHON); name another: make PYTHON=python3.12 demo"

demo: $(VENV)/.run
	$(BIN)/pilotage demo

test: lint unit acceptance

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.dev
	$(BIN)/pytest -n $(PROCESSES) tests/unit

acceptance: $(VENV)/.dev
	$(BIN)/pytest -n $(PROCESSES) --dist loadscope --no-loadscope-reorder $(HOW_MUCH) tests/acceptance

$(VENV)/.venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pilotage needs Python 3.11 or later; name one: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: $(VENV)/.venv requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@

# Databases to migrate, all by default, and other options: make bench BENCH="mixed hotel --size 0.1 --rounds 1"
BENCH ?=

bench: $(VENV)/.dev
	$(BIN)/python -m bench.migration $(BENCH)

bench-parts: $(VENV)/.dev
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/graph.py
	$(BIN)/python bench/planning.py

docs: $(VENV)/.run
	$(BIN)/python docs/generate.py

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

# What is locked stays as it is where it still fits; `make lock UPGRADE=--upgrade` takes the newest of all.
lock:
	$(LOCK) $(UPGRADE) --extra embedded pyproject.toml -o requirements/run.txt
	$(LOCK) $(UPGRADE) --extra dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
