# The one list of tasks. `make help` shows it. Nothing has to be installed before but Python >= 3.11.

PYTHON ?=
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
EXTRAS ?= dev
WORKERS ?= 4
MARKS ?=
TESTS ?=

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CANDIDATES := $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3 python)
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help install run test app lint bench bench-app screenshots baseline docs answers profile \
	clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@printf '\n  PYTHON=...   the Python to build %s from\n' "$(VENV)"

install: $(STAMP) ## build .venv and install the project in it

run: $(STAMP) ## run the baseline world, 20 replications, and draw its figures
	$(BIN)/alliance-abm run baseline --overwrite --replications 20

test: $(STAMP) ## run the whole test suite
	@echo "compiling the kernels once, for all workers (two minutes when they are new)"
	@$(BIN)/python -c "from alliance_abm import AllianceModel; AllianceModel('tiny').run().outcomes()"
	$(BIN)/python -m pytest $(TESTS) -m "$(MARKS)" -n auto --maxprocesses $(WORKERS) --dist worksteal --durations 15

app: $(STAMP) ## open the interactive app in a browser (Ctrl-C ends it)
	$(BIN)/alliance-abm app --open

lint: $(STAMP) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## time a run, every verb of its schedule, and its growth with size
	$(BIN)/python -m benchmarks

bench-app: $(STAMP) ## time the page in headless Chromium, and the memory of its sessions
	$(BIN)/python -m benchmarks.app

screenshots: $(STAMP) ## take pictures of every page of the app for docs/img/app
	$(BIN)/python -m benchmarks.screenshots

baseline: $(STAMP) ## renew the golden files; review their diff before committing it
	$(BIN)/python -m pytest tests/test_golden.py --renew

docs: $(STAMP) ## renew the generated parts of the documentation
	$(BIN)/python docs/generate.py

answers: $(STAMP) ## run all research questions and rewrite docs/answers.md (some minutes)
	$(BIN)/python docs/answers.py

profile: $(STAMP) ## show which kernels and functions a run spends its time in
	$(BIN)/python -m benchmarks --profile

clean: ## remove environments and caches (results stay)
	rm -rf .venv .venv-* .numba_cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made by the first candidate that runs, is new enough and can make one
# (a name on the path may be a shim without a Python behind it).
$(BIN)/python:
	@for candidate in $(CANDIDATES); do \
		if "$$candidate" -c '$(USABLE)' >/dev/null 2>&1; then \
			echo "$(VENV): $$("$$candidate" --version), from $$candidate"; \
			exec "$$candidate" -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "No usable Python >= 3.11 among: $(CANDIDATES)" >&2; \
	echo "Install one (Debian, Ubuntu: python3 and python3-venv) or say make PYTHON=/path/to/python" >&2; \
	exit 1

$(STAMP): pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@echo "$(VENV): installing the project and its [$(EXTRAS)] extras (a minute or two, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		$(addprefix --constraint ,$(CONSTRAINTS)) --editable ".[$(EXTRAS)]"
	@touch $@
