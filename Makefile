# Every target does its own set-up: it needs make and Python 3.11 or newer, nothing else.
# Plain sh and GNU make 3.81, so that it runs as it is on Debian and macOS.

VENV := .venv
BIN  := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo tour test check format lock clean setup

help: ## list what can be made
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

demo: setup ## run the service in a simulated world, with GraphiQL in the browser [PORT=8000]
	@$(BIN)/tongban demo $(if $(PORT),--port $(PORT))

tour: setup ## walk through the main journeys on the terminal, then stop
	@$(BIN)/tongban tour

# In the order of their folders: long modules with few tests come early, and the small ones of tests/unit fill the end. Three at a time,
# since two would leave two cores idle for a third of it: flows wait for processes, grace and platforms that are slow.
test: setup ## run the tests, all of them three at a time [ARGS="tests/unit -k deadline"]
	@$(BIN)/pytest $(if $(ARGS),$(ARGS),--numprocesses 3 --dist loadscope --no-loadscope-reorder)

check: setup ## style, types, import rules, published contract, dependencies
	@echo "== format (ruff)"
	@$(BIN)/ruff format --check .
	@echo "== lint (ruff)"
	@$(BIN)/ruff check .
	@echo "== types (mypy)"
	@$(BIN)/mypy
	@echo "== who imports whom (import-linter)"
	@$(BIN)/lint-imports
	@echo "== published contract (tongban)"
	@$(BIN)/tongban contract check
	@echo "== dependencies"
	@$(BIN)/python tools/audit.py

format: setup ## rewrite the code in the house style
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

# The runtime lock is held to the versions of the development lock, so what is tested is what is shipped.
# What tests install beside it has a lock of its own.
LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet

lock: setup ## resolve the dependencies of pyproject.toml anew [ARGS=--upgrade]
	@$(LOCK) pyproject.toml --extra dev $(ARGS) --output-file requirements-dev.lock
	@$(LOCK) pyproject.toml --constraint requirements-dev.lock $(ARGS) --output-file requirements.lock
	@$(LOCK) tests/helpdesk/requirements.in $(ARGS) --output-file tests/helpdesk/requirements.lock
	@$(LOCK) tests/python_clients/requirements.in $(ARGS) --output-file tests/python_clients/requirements.lock
	@$(BIN)/python tools/audit.py --offline

clean: ## remove the environment and every cache; keeps your data
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: ## install what requirements-dev.lock names into .venv; the others do it by themselves
	@python=$$(sh tools/find_python) && "$$python" tools/setup.py
