# Two commands after a clone: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
ARGS ?=
# Not the scripts of .venv/bin: their first line may be longer than systems read.
RUN := .venv/bin/python

.PHONY: help demo test test-browser check prove prove-short try-gateway environment format format-check lint contracts types audit migrations \
	production-check stop-local clean-local requirements
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

demo: .venv/local.stamp ## Start everything with demo data, in this terminal (PORT=8000, DEMO_PASSWORD=...)
	@PORT=$(PORT) exec $(RUN) -m config.local demo

test: .venv/dev.stamp ## Run all tests on servers of their own (WORKERS=2, ARGS="tests/bookings -x")
	@exec $(RUN) -m pytest -n $(WORKERS) --dist loadfile --ignore=tests/browser $(ARGS)

test-browser: .venv/dev.stamp ## Try the pages' scripts in a real browser, where chromium and its driver are installed
	@exec $(RUN) -m pytest -rs tests/browser $(ARGS)

check: ## Run everything that the pipeline runs
	@.ci/run

prove: .venv/local.stamp ## Prove that nothing books twice: load and faults on a platform of its own (ARGS="--only T6,T7 --seed 42")
	@exec $(RUN) -m config.local.proof $(ARGS)

prove-short: .venv/local.stamp ## The same with smaller numbers, in minutes (part of make check)
	@exec $(RUN) -m config.local.proof --short $(ARGS)

try-gateway: .venv/local.stamp ## Try each promise of the gateway with a real nginx, which has to be installed
	@exec $(RUN) -m config.local.gateway

environment: .venv/dev.stamp ## Make the virtual environment of developers

format: .venv/dev.stamp ## Format the code and sort its imports
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

format-check: .venv/dev.stamp ## Is the code formatted?
	@$(RUN) -m ruff format --check --quiet .

lint: .venv/dev.stamp ## Does the linter agree?
	@$(RUN) -m ruff check --quiet .

contracts: .venv/dev.stamp ## Do the apps import only what they may?
	@$(RUN) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

types: .venv/dev.stamp ## Do the types hold?
	@$(RUN) -m mypy

audit: .venv/dev.stamp ## Is there a known advisory against what production installs? (Asks a service on the internet)
	@exec $(RUN) -m config.local.audit

migrations: .venv/dev.stamp ## Is every change of a model in a migration?
	@DJANGO_SETTINGS_MODULE=config.settings.test $(RUN) manage.py makemigrations --check --dry-run

production-check: .venv/dev.stamp ## Are the production settings sound?
	@$(RUN) -m config.local check-production

stop-local: .venv/local.stamp ## Stop the demo and the local servers; the data stays
	@$(RUN) -m config.local stop

clean-local: .venv/local.stamp ## Stop the demo and the local servers, and forget the data
	@$(RUN) -m config.local forget

requirements: ## Resolve requirements/*.in to pinned versions with hashes (needs uv)
	@for kind in base local dev production; do \
		uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-header \
			--output-file requirements/$$kind.txt requirements/$$kind.in || exit 1; \
	done

.venv/%.stamp: requirements/%.txt
	@$(PYTHON) -I config/local/environment.py $*
