# What to do with a fresh clone. Every target sets up by itself what it needs and the machine lacks.
ROUNDS ?= 200
CASES ?= 10000
BIN := .venv/bin

.PHONY: help run test lint format bench crash fuzz clean

help:
	@echo "make run      set up and start the server"
	@echo "make test     set up, then linters, types, layers and all tests"
	@echo "make lint     ruff, mypy, import-linter and bandit only"
	@echo "make format   let ruff rewrite the code"
	@echo "make bench    measure"
	@echo "make crash    kill servers mid-sentence and count what got lost (ROUNDS=$(ROUNDS))"
	@echo "make fuzz     ask everything the API's description allows and forbids (CASES=$(CASES)), on each database"
	@echo "make clean    remove what set-up brought; data in .eliza stay"

# exec, so that signals reach the server itself.
run:
	@scripts/prepare run
	@$(BIN)/python -m eliza.llm.weights || true
	@exec $(BIN)/gunicorn wsgi:app

# Whatever ELIZA_DATA_DIR says, the tests look for the weights here.
test: lint
	@$(BIN)/python -m eliza.llm.weights --data-dir .eliza
	@$(BIN)/python -m tests

lint:
	@scripts/prepare test
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive eliza app.py wsgi.py scripts gunicorn.conf.py

format:
	@scripts/prepare test
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench:
	@scripts/prepare test
	@exec $(BIN)/python -m benchmarks

crash:
	@scripts/prepare test
	@exec $(BIN)/python -m tests.crash --rounds $(ROUNDS)

fuzz:
	@scripts/prepare test
	@$(BIN)/python -m tests.fuzz --cases $(CASES) --database sqlite
	@$(BIN)/python -m tests.fuzz --cases $(CASES) --database postgres

clean:
	rm -rf .venv node_modules static/vendor .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
