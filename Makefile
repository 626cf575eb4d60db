# make run    installs, starts everything, serves the hub
# make test   installs, runs the whole test suite against real services
# make lint   checks style and format
# make lock   writes requirements.lock anew from the ranges in pyproject.toml, and that of the old clients

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/installed
# Client libraries of the generation before, which the tests run in an environment of their own.
OLD_STAMP := .venv-old/installed
ARGS ?=

.PHONY: run test lint lock

run: $(STAMP)
	@exec $(BIN)/python manage.py up

test: $(STAMP) $(OLD_STAMP)
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

COMPILE := $(BIN)/uv pip compile --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --quiet

lock: $(STAMP)
	$(BIN)/python -m pip install --quiet uv
	$(COMPILE) pyproject.toml --extra embedded --extra test --extra dev --output-file requirements.lock
	$(COMPILE) tests/clients/old/requirements.in --output-file tests/clients/old/requirements.lock

# A changed lock means a fresh environment: nothing of the old one stays by chance. Of two makes at once, one installs.
define install
@flock .install.lock sh -ec '\
	test $@ -nt $< && exit 0; \
	echo "Installing $< into $(@D) (at most about a minute) …"; \
	$(PYTHON) -m venv --clear $(@D); \
	$(@D)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r $<; \
	touch $@'
endef

$(STAMP): requirements.lock
	$(install)

$(OLD_STAMP): tests/clients/old/requirements.lock
	$(install)
