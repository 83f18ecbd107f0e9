# make demo    one step worked in full, then a network that learns handwritten digits
# make test    every test
# make lint    style, types, and the order of the rooms
# make docs    the documentation as a site, in site/; a warning is an error
# make corpus  how well mistakes are named: marks every solution, writes docs/check-corpus.md
# make bench   how fast it trains, beside its peers: writes docs/benchmarks.md
# make bench-peers   installs the peers of make bench
# make clean   takes away what the others made
#
# Each makes .venv on first use and installs again only when pyproject.toml changes.
.POSIX:
.PHONY: demo test lint docs corpus bench bench-peers clean

PYTHON ?= python3
BIN = .venv/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet
BENCH_PIP = .venv-bench/bin/python -m pip --disable-pip-version-check install --quiet

# The demo, in one place.
RUN = demo-digits
TRACE = $(BIN)/clearprop trace
TRAIN = $(BIN)/clearprop train digits --hidden 32 --seed 0 --out $(RUN) --force
EXPLAIN = $(BIN)/clearprop trace $(RUN) --example 5 --explain 'W2[5,28]_new'

demo: .venv/demo-ready
	$(TRACE)
	$(TRAIN)
	$(EXPLAIN)

test: .venv/test-ready
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/lint-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v tsc >/dev/null; then tsc -p .; \
	  else echo "the browser's modules are not checked: there is no tsc (apt-get install node-typescript)"; fi

# The variable leaves out a banner of the theme that is no warning of ours.
docs: .venv/docs-ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# All of it takes hours, and goes on where it was ended; CORPUS='--minutes 30' marks a part.
corpus: .venv/test-ready
	PYTHONPATH=tests $(BIN)/python -m checking.corpus $(CORPUS)

# Where the peers are not installed, their rows are missing, and the page says so.
bench: .venv-bench/made
	.venv-bench/bin/python -m benchmarks

# FANN is unpacked from Debian's packages, which takes no rights; elsewhere it is left out.
bench-peers: .venv-bench/made
	$(BENCH_PIP) torch==2.13.0 jax scikit-learn numba
	-mkdir -p .venv-bench/fann && cd .venv-bench/fann && \
	  apt-get download -qq libfann2 libfann-dev && \
	  for package in *.deb; do dpkg -x "$$package" .; done
	.venv-bench/bin/python -m benchmarks.peers.c

clean:
	rm -rf .venv .venv-bench benchmarks/build $(RUN) build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "clearprop needs Python 3.11 or newer, and '$(PYTHON)' is not: try make PYTHON=python3.12" >&2; \
	  exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/demo-ready: .venv/made pyproject.toml
	$(PIP) --editable .
	$(BIN)/clearprop doctor --warm
	@touch $@

.venv/test-ready: .venv/made pyproject.toml
	$(PIP) --editable '.[test]'
	@touch $@

.venv/lint-ready: .venv/made pyproject.toml
	$(PIP) --editable '.[lint]'
	@touch $@

.venv/docs-ready: .venv/made pyproject.toml
	$(PIP) --editable '.[docs]'
	@touch $@

.venv-bench/made: pyproject.toml
	$(PYTHON) -m venv .venv-bench
	@echo '*' > .venv-bench/.gitignore
	$(BENCH_PIP) --editable .
	@touch $@
