# Everything one does with a clone of prenoise. Python 3.11 or later and make are all it needs.
PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := .venv/$(BIN)/python
# Every file is checked against the hashes in constraints.txt. `make PINS= ...` takes what is newest instead.
PINS ?= --require-hashes --constraint constraints.txt
PIP := -m pip --quiet --disable-pip-version-check
OTHERS ?= 3.12 3.13 3.14

.PHONY: help demo test check coverage torch playground docs results picture torture scale bench mutants audit lock test-lowest test-newest test-all format clean
.DELETE_ON_ERROR:

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 14

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5) and "prenoise is developed with Python 3.11.5 or later, found %d.%d.%d: name another with `make PYTHON=python3.12 ...`" % sys.version_info[:3])'
	@echo "making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv
	@awk '/^pip==/,!/\\$$/' constraints.txt > .venv/pip.txt  # an older pip knows no hashes in constraints
	@$(PY) $(PIP) install --require-hashes --requirement .venv/pip.txt
	@touch $@

# $(call install,NAMES): what pyproject.toml asks for under these names, at the pinned versions, and prenoise from here.
define install
@$(PY) tools/requirements.py build $(1) > .venv/requirements.txt
@$(PY) $(PIP) install $(PINS) --requirement .venv/requirements.txt
@$(PY) $(PIP) install --no-deps --no-build-isolation --editable .
endef

.venv/study: pyproject.toml constraints.txt | .venv/python
	@echo "installing prenoise[study] (once; a minute or two)"
	$(call install,study)
	@touch $@

.venv/developing: pyproject.toml constraints.txt | .venv/python
	@echo "installing prenoise[study] and the development tools (once; a minute or two)"
	$(call install,study flax hub cluster dev)
	@touch .venv/study $@

.venv/torch: constraints-torch.txt .venv/developing
	@echo "installing PyTorch (once)"
	@$(PY) $(PIP) install --constraint constraints-torch.txt torch lightning transformers accelerate peft torch-geometric
	@touch $@

demo: .venv/study  ## train on the embedded digits with and without noise, and show the difference
	@$(PY) -m prenoise demo

coverage: .venv/developing  ## which lines the tests run, by folder (ten minutes)
	$(PY) -m coverage run -m pytest --quiet -p no:randomly
	$(PY) tools/coverage_by_folder.py

check: .venv/developing  ## what to run after every change: lint, types and the fast tests
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --quiet --check
	@$(PY) -m pyrefly check & types=$$!; \
	$(PY) -m pytest --quiet --numprocesses auto --dist worksteal --hypothesis-profile=quick -m "not slow and not processes and not browser"; tests=$$?; wait $$types && exit $$tests

test: .venv/developing  ## all that must pass: lint, types, tests and doctests
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m pyrefly check
	$(PY) -m pytest --numprocesses auto --dist worksteal

torch: .venv/torch  ## install PyTorch, so that the tests of its adapter are not skipped

# $(call elsewhere,NAME,PYTHON,CONSTRAINTS,OPTIONS): the tests, in an environment of their own in build/environments/NAME.
define elsewhere
@$(2) -m venv build/environments/$(1)
@build/environments/$(1)/$(BIN)/python $(PIP) install --upgrade pip
@build/environments/$(1)/$(BIN)/python tools/requirements.py study flax hub cluster test > build/environments/$(1)/requirements.txt
build/environments/$(1)/$(BIN)/python $(PIP) install --upgrade $(3) --requirement build/environments/$(1)/requirements.txt --editable .
build/environments/$(1)/$(BIN)/python -m pytest --quiet --numprocesses auto --dist worksteal $(4)
endef

test-lowest:  ## the tests with the lowest versions that pyproject.toml allows
	$(call elsewhere,lowest,$(PYTHON),--constraint constraints-lowest.txt,-W ignore::DeprecationWarning)

test-newest:  ## the tests with the newest versions of everything
	$(call elsewhere,newest,$(PYTHON),)

test-all: $(addprefix test-on-,$(OTHERS))  ## the tests with every other Python that is installed here: OTHERS="3.12 3.13"

test-on-%:
	$(if $(shell python$* --version 2>&1 | grep "^Python $*"),$(call elsewhere,$*,python$*,),@echo "python$* is not installed here: its tests are not run")

playground: .venv/developing  ## build the playground, src/prenoise/playground.html, from the modules in playground/
	$(PY) playground/build.py

docs: .venv/developing  ## build the guide as a site in build/site
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

results: .venv/study  ## take stored runs into docs/results and write its pages: RUNS="folder ..."; without, the pages alone
	$(PY) docs/publish/write.py $(RUNS)

picture: .venv/study  ## draw the pictures of README and guide, from a run of the demo
	$(PY) -m prenoise demo --out build/demo
	$(PY) docs/publish/picture.py build/demo
	$(PY) docs/publish/moving.py build/demo
	$(PY) docs/publish/concept.py

torture: .venv/developing  ## break the lab in earnest, again and again, and write docs/faults.md (ten minutes)
	$(PY) tests/study/lab/torture.py --write

scale: .venv/developing  ## measure what ten thousand stored runs cost, and write docs/decisions/scale.md (ten minutes)
	$(PY) tests/study/lab/scale.py --write

bench: .venv/torch  ## measure prenoise beside PyTorch, BioTorch and plain JAX, and write docs/benchmarks.md (15 minutes)
	@$(PY) $(PIP) install --no-deps biotorch==0.0.16
	$(PY) -m benchmarks

mutants: .venv/developing  ## change rules, loop, measures and claims at random and see whether a test notices (hours): FILES=...
	$(PY) tools/mutants.py $(FILES)

audit: .venv/developing  ## ask the advisory services whether a pinned version is known to be unsafe
	$(PY) tools/audit.py

lock: .venv/developing  ## pin the versions of .venv with their hashes in constraints.txt, and the lower bounds in constraints-lowest.txt
	$(PY) tools/lock.py

format: .venv/developing  ## write the code as ruff would
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

clean:  ## remove the environments and everything built
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
