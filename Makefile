# The desk from a checkout: `make run` needs Python 3.11+ and make, nothing else.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev
UV := $(firstword $(wildcard $(BIN)/uv) uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-strip-extras

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test bench lint types format lock clean

help: ## Print what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

install: $(INSTALLED) ## Set up .venv from the lock files, so that .venv/bin/helpdesk works

install-dev: $(INSTALLED_DEV)

run: $(INSTALLED) ## Start the desk (PORT=8000; DEMO=0 starts it empty); Ctrl-C stops it
	@exec $(BIN)/helpdesk serve

test: $(INSTALLED_DEV) ## Run every test, real servers included (ARGS="-k mail" chooses)
	@scripts/system-parts.sh $(VENV)
	@# containers often forbid bytecode, and each process of a run would compile all anew
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

bench: $(INSTALLED_DEV) ## Measure speed; prints a table and JSON
	$(BIN)/python -m tests.bench $(ARGS)

lint: $(INSTALLED_DEV) ## Check style and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(INSTALLED_DEV) ## Check types
	$(BIN)/mypy

format: $(INSTALLED_DEV) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## Renew the lock files from pyproject.toml (needs uv)
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --group dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) --group build --no-annotate -c requirements-dev.lock -o requirements-build.lock

clean: ## Remove what was made, but never the data in var/
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf .import_linter_cache .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock requirements-build.lock pyproject.toml scripts/bootstrap.sh
	@scripts/bootstrap.sh $(VENV) requirements.lock
	@touch $@

$(INSTALLED_DEV): $(INSTALLED) requirements-dev.lock
	@scripts/bootstrap.sh $(VENV) requirements-dev.lock
	@touch $@
