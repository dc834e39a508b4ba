# Two commands run everything on a machine with Python 3.11+, git and make: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help install demo test guards model bench bench-client check format lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/READY

help: ## what can be asked of make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# The stamp is newer than the lock exactly when the installed packages are the locked ones.
$(READY): requirements.lock pyproject.toml
	@echo "==> installing pinned dependencies into $(VENV) (a minute or two, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
	@echo "==> installed"

install: $(READY) ## create .venv with the pinned dependencies

demo: $(READY) ## the main job: Temporal, simulator and worker, and orders played through them
	@$(BIN)/payments demo

JOBS ?= 0
test: $(READY) ## the whole test suite; JOBS=auto shares it among processes, on a machine that does nothing else
	@echo "==> running the tests (half an hour and more in one process; many wait on real servers)"
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

guards: $(READY) ## the proof table: each edge case's tests with its guard taken out (a minute; make test does it too)
	@$(BIN)/python -m tests.rows.prove --both

N ?= 1000
model: $(READY) ## N (1000) random sequences against the model, beyond the suite's (a second or less each)
	@$(BIN)/python -m tests.model $(N)

bench: $(READY) ## what it costs, beside a minimal workflow, in one run (about five minutes)
	@$(BIN)/python -m bench.run

bench-client: $(READY) ## what a call costs, beside the official SDK and bare httpx, in one run (about 75 seconds)
	@$(BIN)/python -m bench.client

check: $(READY) ## ruff, mypy --strict, the import rules
	@echo "==> ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "==> mypy" && $(BIN)/mypy && $(BIN)/mypy worker.py
	@echo "==> import rules" && $(BIN)/lint-imports --no-cache

format: $(READY) ## let ruff format and fix
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(READY) ## write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
	    --no-emit-index-url --no-annotate --custom-compile-command "make lock" -o requirements.lock pyproject.toml

clean: ## remove the virtual environment and the demo's data
	@rm -rf $(VENV) .payments .pytest_cache .mypy_cache .ruff_cache .hypothesis
