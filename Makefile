# Concord. `make` sets everything up and runs the pipeline on seeds/ into outputs/seeds/. `make help` lists the rest.
PYTHON ?= python3
INPUT  ?= seeds
OUTPUT ?= outputs/$(notdir $(patsubst %/,%,$(INPUT)))
CONFIG ?= configs/default.yaml

BIN     := .venv/bin
CONCORD := $(BIN)/concord
RUN     := $(CONCORD) run --input "$(INPUT)" --output "$(OUTPUT)" --config "$(CONFIG)"

.DEFAULT_GOAL := all
.PHONY: all setup translate align score report status test lint format bench clean help

all: report ## The whole pipeline on INPUT (default seeds) into OUTPUT (default outputs/seeds)

setup: ## Virtual environment, dependencies and the embedded model; skipped when done
	@$(PYTHON) tools/setup.py

translate align score report: setup ## Run up to this stage
	@$(RUN) --until $@

status: setup ## Show each stage's key and whether it would be reused
	@$(CONCORD) status --input "$(INPUT)" --output "$(OUTPUT)" --config "$(CONFIG)"

test: setup ## All tests
	@$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

lint: setup ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## Bring the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup ## Benchmarks: quality on ../shared/bench where it is, and speed
	@$(BIN)/python -m benchmarks

clean: ## Remove what INPUT's run keeps for the next one, and the tools' caches (not translations, .venv or models)
	rm -rf "$(OUTPUT)/stages"
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

help: ## This list
	@grep -hE '^[a-z ]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-30s %s\n", $$1, $$2}'
	@echo "  variables: INPUT OUTPUT CONFIG PYTHON; CONCORD_HOME is where models are cached"
