# `make` alone explains itself. Everything lives in .venv; nothing is installed outside it but by `make system`.

ENV := .venv
BIN := $(ENV)/bin
PYTHON ?= python3
ARGS ?=
UV := $(BIN)/python -m uv

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench system lock clean

help: ## say what can be made
	@echo "prospecting: give first; only the warm are invited."
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(ENV)/.use ## install, then live eight weeks of two campaigns in a minute or two (ARGS="--exit --json")
	@$(BIN)/prospecting demo $(ARGS)

test: $(ENV)/.dev system ## install, then run every test on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: $(ENV)/.dev ## types, style, formatting, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(ENV)/.dev ## format the code
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

bench: $(ENV)/.dev ## ratios side by side in one run (ARGS="--only delivery")
	@$(BIN)/python -m bench $(ARGS)

system: ## Chromium and mail servers from Debian's packages, where this machine allows it
	@sh .ci/system

lock: $(ENV)/.dev ## pin the newest versions that pyproject.toml allows
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" --upgrade pyproject.toml -o requirements.lock
	@$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" --upgrade --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove what was made here
	@rm -rf $(ENV) demo .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache

# A failed download of uv falls back to pip itself, which reads the same hashed files.
define install
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit("prospecting needs Python 3.11 or newer; say make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(ENV)
	@$(UV) --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv || true
	@echo "Installing what $(1) pins …" >&2
	@if $(UV) --version >/dev/null 2>&1; \
	 then $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(1) && $(UV) pip install --quiet --python $(BIN)/python --no-deps -e .; \
	 else $(BIN)/python -m pip install --quiet --require-hashes -r $(1) && $(BIN)/python -m pip install --quiet --no-deps -e .; fi
	@touch $@
endef

$(ENV)/.use: requirements.lock pyproject.toml
	$(call install,requirements.lock)

$(ENV)/.dev: requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch $(ENV)/.use
