# `make serve` runs the site, `make test` runs every check. Nothing but Python 3.11 or newer need be installed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
# Where it is set, each of the hundreds of processes that tests start would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help serve test suite kill fuzz lint types style services format screens bench clean

help: ## Say what there is to make.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Paceline needs Python 3.11 or newer; name it with PYTHON=…"; exit 1; }
	@echo "Making .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv || { echo "If venv is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/.installed: requirements.txt $(wildcard client/pyproject.toml) | .venv/bin/python
	@echo "Installing requirements.txt"
	@$(PIP) install --no-compile -r requirements.txt $(if $(wildcard client/pyproject.toml),-e client)
	@touch $@

.venv/.tests-installed: tests/requirements.txt .venv/.installed
	@echo "Installing tests/requirements.txt"
	@$(PIP) install --no-compile -r tests/requirements.txt
	@touch $@

serve: .venv/.installed ## Run the site on http://127.0.0.1:8000/ (PORT, HOST, PACELINE_DATA).
	@exec $(BIN)/python manage.py serve

test: .venv/.tests-installed ## Every check: style, then the suite on SQLite, PostgreSQL, two databases and whole sites.
	@$(MAKE) --no-print-directory --jobs 2 style services
	@$(MAKE) --no-print-directory --jobs 2 types suite

suite: .venv/.tests-installed
	$(BIN)/python -m tests.run

kill: services ## Kill web server and worker a hundred times under load, into benchmarks/kill.txt.
	$(BIN)/python -m tests.system.kill --kills 100 | tee benchmarks/kill.txt

fuzz: .venv/.tests-installed ## Send 20,000 requests made up from the OpenAPI document: no 5xx, one error body.
	PACELINE_FUZZ_CASES=20000 $(BIN)/pytest -q tests/hosting/test_fuzz.py --timeout 14400

bench: .venv/.tests-installed ## Measure every promise against baselines, MLflow among them; some: NAMES="storage --quick".
	$(BIN)/python -m benchmarks $(NAMES)

lint: .venv/.tests-installed ## Check style, types, floors, templates and migrations.
	@$(MAKE) --no-print-directory --jobs 2 types style

types: .venv/.tests-installed
	$(BIN)/mypy --no-error-summary .
	$(BIN)/mypy --no-error-summary --config-file client/pyproject.toml client/paceline

style: .venv/.tests-installed
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/lint-imports --no-logo
	find frontend_templates -name '*.html' -print0 | xargs -0 --no-run-if-empty $(BIN)/djade --check --target-version 5.2
	PACELINE_DATA=.venv/.lint-data $(BIN)/python manage.py makemigrations --check --dry-run

services: .venv/.tests-installed
	$(BIN)/python -m tests.services.finders

format: .venv/.tests-installed ## Put code and templates into form.
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet
	find frontend_templates -name '*.html' -print0 | xargs -0 --no-run-if-empty $(BIN)/djade --target-version 5.2

screens: services ## Take pictures of every page of the demo into docs/screens/.
	$(BIN)/python -m tests.screens

clean: ## Remove what was made, but no data.
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
