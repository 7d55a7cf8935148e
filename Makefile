# Everything a clone needs to run, check and test itself. `make` or `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PY := .venv/bin/python
SETUP := python3 scripts/setup.py
FILES := app bench bpmn forms pdf scripts tests $(wildcard migrations) $(wildcard wsgi.py)
export PORT REGION DATA_DIR

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## serve the site with demo data at http://127.0.0.1:8000 (PORT=…, REGION=…); Ctrl-C ends it
	@$(SETUP) run
	@exec $(PY) -m scripts.serve --with-parent

.PHONY: test
test: ## the whole suite: unit, PostgreSQL, Redis, browser (ARGS=… for pytest)
	@$(SETUP) test
	@$(PY) -m pytest -n auto --dist worksteal $(ARGS)

.PHONY: test-fast
test-fast: ## the suite without browser and faults
	@$(SETUP) test
	@$(PY) -m pytest -n auto --dist worksteal -m "not journey and not faults" $(ARGS)

.PHONY: faults
faults: ## kill processes of a site under load (KILLS=… RACES=… MODELS=… BROKEN=all); figures in var/faults
	@$(SETUP) test
	@$(PY) -m tests.faults --kills "$(or $(KILLS),300)" --races "$(or $(RACES),90)" \
		--models "$(or $(MODELS),$(if $(BROKEN),0,5000))" \
		$(if $(BROKEN),--broken "$(BROKEN)",--jumps) $(ARGS)

.PHONY: check
check: ## format, lint, types, import contracts, templates, spelling, definitions, docs
	@$(SETUP) check
	@$(PY) -m scripts.check

.PHONY: fmt
fmt: ## format and mend what can be mended
	@$(SETUP) check
	@$(PY) -m ruff format $(FILES)
	@$(PY) -m ruff check --fix $(FILES)

.PHONY: lint
lint: ## ruff, import contracts, templates, spelling
	@$(SETUP) check
	@$(PY) -m scripts.check lint

.PHONY: types
types: ## mypy, strict
	@$(SETUP) check
	@$(PY) -m scripts.check types

.PHONY: build
build: ## bundle the front end into app/static/dist
	@$(SETUP) build

.PHONY: migrate
migrate: ## bring the running site's database to the newest schema
	@$(SETUP) run
	@$(PY) -m flask --app wsgi db upgrade

.PHONY: revision
revision: ## write a migration from the models: make revision NAME="add deadlines"
	@test -n "$(NAME)" || { echo 'Say what it does: make revision NAME="add deadlines"'; exit 2; }
	@$(SETUP) check
	@$(PY) -m scripts.revision "$(NAME)"

.PHONY: lock
lock: ## compile requirements*.in to hashed requirements*.txt and renew the npm lock
	@$(SETUP) lock
	@$(PY) -m scripts.lock

.PHONY: bench
bench: ## what an act costs beside its budget (LEGS=acting,printing SCALE=tickets ARGS=--quick)
	@$(SETUP) test
	@$(PY) -m bench $(if $(LEGS),--legs "$(LEGS)") $(if $(SCALE),--scale "$(SCALE)") $(ARGS)

.PHONY: restore-drill
restore-drill: ## a backup under load, restored into a new folder and proven there (ARGS="--drills 10")
	@$(SETUP) run
	@$(PY) -m scripts.drill $(ARGS)

.PHONY: up
up: ## production start without demo data: make up DATABASE_URL=… REDIS_URL=… (see the operator guide)
	@python3 -m scripts.production
	@$(SETUP) up
	@exec $(PY) -m scripts.up --with-parent

.PHONY: clean
clean: ## remove caches and bundles; data in var/ and .venv/ stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis app/static/dist
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
