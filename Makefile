# kstale: `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
JOBS   ?= 2

.PHONY: all docs demo test test-real lint bench trees promote clean

all: test

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(STAMP)
	@$(BIN)/python -m tests.demo

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n $(JOBS)

# Two whole kernel trees from Debian, unpacked once into the user's cache folder.
trees: $(STAMP)
	$(BIN)/python -m tests.real.trees

test-real: trees
	$(BIN)/pytest -n $(JOBS) -m real

bench: trees
	$(BIN)/python -m benchmarks.run

# Pages made from the simulator's definitions, the parser and the rules.
docs: $(STAMP)
	$(BIN)/python -m reviewer.mmu.litmus.page > docs/primitives.md
	$(BIN)/python -m reviewer.cli.pages docs

# Rewrite golden files after a look at what changed: make promote && git diff
promote: $(STAMP)
	KSTALE_PROMOTE=1 $(BIN)/pytest -q || true

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
