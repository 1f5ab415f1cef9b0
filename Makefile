# Everything one does with a clone of prenoise. `make demo` and `make test` need only Python 3.11 or later and make.
PYTHON ?= python3
PY := .venv/bin/python
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test docs results torture bench format clean
.DELETE_ON_ERROR:

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/'

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "prenoise needs Python 3.11 or later, found %d.%d: name another with `make PYTHON=python3.12 ...`" % sys.version_info[:2])'
	@echo "making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: pyproject.toml constraints.txt | .venv/python
	@echo "installing prenoise (once; a minute or two)"
	@$(INSTALL) --editable .
	@touch $@

.venv/developing: pyproject.toml constraints.txt .venv/installed
	@echo "installing the development tools (once)"
	@$(INSTALL) "pip>=25.1"
	@$(INSTALL) --group dev
	@touch $@

demo: .venv/installed  ## train on the embedded digits with and without noise, and show the difference
	@$(PY) -m prenoise demo

test: .venv/developing  ## lint, types, tests and doctests
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m basedpyright
	$(PY) -m pytest --numprocesses auto

docs: .venv/developing  ## build the guide as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

results: .venv/installed  ## write docs/results and the table of the README from stored runs: RUNS=folder [UNIT=folder]
	$(PY) docs/publish/write.py $(RUNS) $(UNIT)

torture: .venv/developing  ## break the lab in earnest: kill, fill, corrupt, again and again (ten minutes)
	$(PY) tests/study/lab/torture.py --kills 20

.venv/comparing: pyproject.toml constraints.txt .venv/installed
	@echo "installing PyTorch and BioTorch to compare with (once)"
	@$(INSTALL) --editable '.[torch]'
	@$(INSTALL) --no-deps biotorch==0.0.16
	@touch $@

bench: .venv/comparing  ## measure prenoise beside PyTorch, BioTorch and plain JAX, and write docs/benchmarks.md (15 minutes)
	$(PY) -m benchmarks

format: .venv/developing  ## write the code as ruff would
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

clean:  ## remove the environment and everything built
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
