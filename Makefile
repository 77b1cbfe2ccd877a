# One command per thing a person wants: run it, test it, measure it. `make help` lists them.
# Everything lands in .venv and rs_controller/target; stamps in .venv keep the second time quick.

VENV := .venv
BIN := $(VENV)/bin
CRATE := rs_controller/Cargo.toml
RUST := $(CRATE) rs_controller/Cargo.lock $(shell find rs_controller/src rs_controller/tests -name '*.rs' 2>/dev/null)
PYTHON_CODE := flyte flyte_cli benchmarks examples tests
NO_EXTENSION := $(if $(wildcard flyte/_core*.so),,FORCE)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test check check-python check-rust test-rust test-python bench chaos build dev clean FORCE
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-13s %s\n' "$$name" "$$text"; done

run: build ## set up, build a release, run the main example
	$(BIN)/flyte run examples/wine/wine.py main

test: check test-rust test-python ## set up with test dependencies, then every check and every test

check: check-python check-rust ## the linters and type checkers only

check-python: dev build
	$(BIN)/ruff check $(PYTHON_CODE)
	$(BIN)/ruff format --check $(PYTHON_CODE)
	$(BIN)/mypy

check-rust: dev
	cargo fmt --manifest-path $(CRATE) --check
	PYO3_PYTHON="$(CURDIR)/$(BIN)/python" cargo clippy --quiet --manifest-path $(CRATE) --all-targets -- -D warnings

# The crate's tests embed an interpreter, so they need libpython to link and to start.
test-rust: dev
	@.ci/with-libpython $(BIN)/python cargo test --quiet --manifest-path $(CRATE)

test-python: dev build
	$(BIN)/python -m pytest

bench: build ## measure beside PyPI flyte 2.12.1 (some minutes); BENCH="--only fan-out --quick" narrows it
	$(BIN)/python benchmarks/run.py $(BENCH)

chaos: dev build ## a campaign of kills, full disks and worse (some minutes); CHAOS="--runs 50 --seed 7" chooses
	$(BIN)/python -m tests.faults.chaos $(CHAOS)

build: $(VENV)/.built

dev: $(VENV)/.dev-tools

clean: ## forget the environment and everything built
	rm -rf $(VENV) rs_controller/target flyte/_core*.so

$(VENV)/.build-tools: pyproject.toml
	@python=$$(.ci/prerequisites) || exit 1; \
	$(BIN)/python -c '' 2>/dev/null || { echo "making $(VENV) with $$python"; "$$python" -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --group build
	@touch $@

$(VENV)/.dev-tools: $(VENV)/.build-tools
	@echo "installing test dependencies"
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@

$(VENV)/.built: $(VENV)/.build-tools $(RUST) $(NO_EXTENSION)
	@.ci/prerequisites >/dev/null
	@echo "building the core (the first time takes a minute or two)"
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" PIP_QUIET=1 $(BIN)/maturin develop --release --quiet --group build
	@touch $@

FORCE:
