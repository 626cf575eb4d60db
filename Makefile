# make run    installs, starts everything, serves the hub
# make test   installs, runs the whole test suite against real services
# make lint   checks style and format
# make lock   writes requirements.lock anew from the ranges in pyproject.toml

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/installed
ARGS ?=

.PHONY: run test lint lock

run: $(STAMP)
	@exec $(BIN)/python manage.py up

test: $(STAMP)
	$(BIN)/python -m pytest -n logical $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lock: $(STAMP)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra embedded --extra test --extra dev --python-version 3.11 \
		--upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--quiet --output-file requirements.lock

# A changed lock means a fresh environment: nothing of the old one stays by chance. Of two makes at once, one installs.
$(STAMP): requirements.lock
	@flock .install.lock sh -ec '\
		test $@ -nt requirements.lock && exit 0; \
		echo "Installing the dependencies into .venv (about a minute) …"; \
		$(PYTHON) -m venv --clear .venv; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock; \
		touch $@'
