# Liggare: everything runs from .venv, which `make` builds from requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export PYTHONDONTWRITEBYTECODE :=

# What of the database parts `make check` runs again on an installed server; `make test-server` runs them all.
CORE := $(addprefix tests/integration/test_,ledger.py migrations.py histories.py history.py erasure.py key_store.py \
  many_at_once.py person.py register.py remembering.py projections.py rebuild.py)

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-long coverage test-server history clauses mutation check format bench ocel-check lock clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo 'Liggare needs Python 3.11 or newer with venv, as $(PYTHON): on Debian 12, apt install python3 python3-venv (or name another: make PYTHON=python3.12 ...)' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(INSTALLED) ## 500 fictional people, from their employers' declarations to outcomes
	@$(BIN)/python -m api.demo

serve: $(INSTALLED) ## the API on the fictional people, at http://127.0.0.1:8000; sign in at /demo
	@test -e "$${LIGGARE_HOME:-.liggare}/demo/ends.jsonl" || $(BIN)/python -m api.demo
	@$(BIN)/liggare upgrade
	@exec $(BIN)/liggare serve --demo

test: $(INSTALLED) ## all tests, on a real PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist worksteal

# Processes of other users write what they measured too, so the folder is open to all, as /tmp is.
test-long: $(INSTALLED) ## the tests that take long: kills at every round trip, many processes, planted bugs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m long

coverage: $(INSTALLED) ## all tests, measured (as root): fails below 100 % branches of domain/ and ledger/
	@folder=$$(mktemp -d) && chmod 1777 "$$folder" && trap 'rm -rf "$$folder"' EXIT && \
	  COVERAGE_FILE="$$folder/data" $(BIN)/python -m pytest -n 2 --dist worksteal -m "long or not long" --cov --cov-fail-under=100

test-server: $(INSTALLED) ## the database parts on a PostgreSQL server installed here, if there is one
	$(BIN)/python -m tests.server

history: $(INSTALLED) ## record a ledger of this version, for later ones to read (once, when it is released)
	$(BIN)/python -m tests.histories.record

clauses: $(INSTALLED) ## write docs/coverage.md: which event, rule and test carries each clause
	$(BIN)/python -m tests.clauses

mutation: $(INSTALLED) ## how many changes of domain/ its unit tests notice: SAMPLE=500 SEED=1, FILES=domain/fund.py
	$(BIN)/python -m tests.mutation $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(FILES),--files $(FILES))

check: $(INSTALLED) ## what CI runs: format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist worksteal
	$(BIN)/python -m tests.server $(CORE)

format: $(INSTALLED) ## put the code in its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## measure; prints ratios first
	@$(BIN)/python -m benchmarks.bench

ocel-check: $(INSTALLED) ## read an OCEL export back with pm4py, in an environment of its own: FILE=log.json
	@$(BIN)/python -m tests.process_mining $(FILE)

lock: ## pin the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements.lock

clean: ## remove what make built; ledgers stay
	rm -rf $(VENV) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
