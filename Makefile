# Two commands: `make up` runs Terugblik on this machine, `make test` runs every check. Both install what they need.
VENV := .venv
.NOTPARALLEL:
.PHONY: help up test fuzz soak bench lint lock clean

help:
	@echo "make up     run Terugblik on this machine: http://127.0.0.1:8000 (PORT=8001 make up for another port)"
	@echo "make test   run every check and test, on databases of its own"
	@echo "make fuzz   call every operation of the API with made-up values as every role; some minutes (EXAMPLES=50 for fewer)"
	@echo "make soak   break the running system in ten ways and count what is lost; about half an hour (NAMES=1 for one of them)"
	@echo "make bench  the measurements, about half an hour (NAMES='pickup latency' for some of them)"
	@echo "make lint   the checks only: style, types, who imports whom"
	@echo "make lock   write the lock files anew from pyproject.toml (needs uv; UPGRADE=--upgrade for newer versions)"
	@echo "make clean  remove what was installed and cached; your data in .local stays"

up:
	@bin/install requirements-embedded.lock
	@exec $(VENV)/bin/terugblik up

# First the browser's, one after the other, for Playwright keeps an event loop in its process. The others side by
# side, each process on servers of its own; a file's tests stay together.
test: lint
	$(VENV)/bin/python -m pytest tests/browser
	$(VENV)/bin/python -m pytest -n 3 --dist loadfile --ignore tests/browser

fuzz:
	@bin/install requirements-dev.lock
	$(VENV)/bin/python -m tests.web.fuzz $(EXAMPLES)

soak:
	@bin/install requirements-dev.lock
	$(VENV)/bin/python -m tests.soak $(NAMES)

bench:
	@bin/install requirements-dev.lock
	@bin/install-peers
	$(VENV)/bin/python -m tests.benchmarks $(NAMES)

lint:
	@bin/install requirements-dev.lock
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# The first file holds everything; the other two are cut from it, so that all agree on the versions.
UV ?= uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url
lock:
	$(COMPILE) $(UPGRADE) pyproject.toml --all-extras -o requirements-dev.lock
	echo hatchling | $(COMPILE) pyproject.toml - --extra embedded -c requirements-dev.lock -o requirements-embedded.lock
	$(COMPILE) pyproject.toml -c requirements-dev.lock -o requirements.lock
	$(COMPILE) --group peers -o requirements-peers.lock

clean:
	rm -rf $(VENV) .venv-peers .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find app peernl web workers tests alembic -name __pycache__ -prune -exec rm -rf {} +
