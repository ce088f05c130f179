# Two commands: `make up` runs Terugblik on this machine, `make test` runs every check. Both install what they need.
VENV := .venv
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help up test fuzz soak bench quality pictures lint format lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 13

up: ## run Terugblik on this machine: http://127.0.0.1:8000 (PORT=8001 make up for another port)
	@bin/install requirements-embedded.lock
	@exec $(VENV)/bin/terugblik up

# Playwright keeps an event loop in its process, so the browser's tests come first and one after the other. The others
# run side by side, each process on servers of its own; a file's tests stay together.
COVER_BROWSER := $(if $(COVERAGE),--cov --cov-report=)
COVER_REST := $(if $(COVERAGE),--cov --cov-append)
test: lint ## run every check and test, on databases of its own (COVERAGE=1 for a table of what they run)
	$(VENV)/bin/python -m pytest $(COVER_BROWSER) tests/browser
	$(VENV)/bin/python -m pytest $(COVER_REST) -n 3 --dist loadfile --ignore tests/browser

fuzz: ## call every operation of the API with made-up values as every role; some minutes (EXAMPLES=50 for fewer)
	@bin/install requirements-dev.lock
	$(VENV)/bin/python -m tests.web.fuzz $(EXAMPLES)

soak: ## break the running system in ten ways and count what is lost; about half an hour (NAMES=1 for one of them)
	@bin/install requirements-dev.lock
	$(VENV)/bin/python -m tests.soak $(NAMES)

bench: ## take the measurements; about half an hour (NAMES='pickup latency' for some of them)
	@bin/install requirements-dev.lock
	@bin/install-peers
	$(VENV)/bin/python -m tests.benchmarks $(NAMES)

quality: ## take the quality figures over PeerNL; about a minute (SECTIONS=identifiers for some of them)
	@bin/install requirements-dev.lock
	$(VENV)/bin/python -m tests.quality $(SECTIONS)

pictures: ## draw the pictures of docs/ that are made from the code
	@bin/install requirements-dev.lock
	$(VENV)/bin/python -m tests.support.job_states

lint: ## run the checks only: style, types, imports, spelling
	@bin/install requirements-dev.lock
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/codespell

format: ## lay the code out and mend what ruff can mend
	@bin/install requirements-dev.lock
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

# The first file holds everything; the other two are cut from it, so that all agree on the versions.
UV ?= uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url
lock: ## write the lock files again from pyproject.toml (needs uv; UPGRADE=--upgrade for newer versions)
	$(COMPILE) $(UPGRADE) pyproject.toml --all-extras -o requirements-dev.lock
	echo hatchling | $(COMPILE) pyproject.toml - --extra embedded -c requirements-dev.lock -o requirements-embedded.lock
	$(COMPILE) pyproject.toml -c requirements-dev.lock -o requirements.lock
	$(COMPILE) --group peers -o requirements-peers.lock

clean: ## remove what was installed and cached; your data in .local stays
	rm -rf $(VENV) .venv-peers .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find app peernl web workers tests alembic -name __pycache__ -prune -exec rm -rf {} +
