# Every target sets up what it needs; only git, make and Python 3.11 or newer must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check lint types floors bench clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP)  ## the real bot on a made-up server: no token, no network
	$(BIN)/python -m bot demo $(ARGS)

test: $(STAMP)  ## the whole test suite
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

floors: $(STAMP)
	$(BIN)/python -m pytest -q tests/test_floors.py

bench: $(STAMP)  ## speed beside huey and raw SQLite, as ratios of one run
	$(BIN)/python -m benchmarks $(ARGS)

check: lint types test  ## what must be green before a commit

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
