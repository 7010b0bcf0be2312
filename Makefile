.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
RUNS := .venv/.runs
READY := .venv/.ready
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps

help: ## List what make can do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(RUNS): pyproject.toml requirements.txt
	@echo "1. an environment of Python in .venv"
	@$(PYTHON) -m venv .venv
	@echo "2. what corpushub needs, pinned in requirements.txt: half a minute where pip has it already"
	@$(INSTALL) --require-hashes --requirement requirements.txt
	@echo "3. corpushub itself"
	@$(INSTALL) --no-build-isolation --editable .
	@touch $(RUNS)

$(READY): $(RUNS) constraints.txt
	$(INSTALL) --require-hashes --requirement constraints.txt
	-$(BIN)/python -m compileall -qq --workers 0 .venv/lib
	touch $(READY)

setup: $(READY) ## Make .venv with everything, pinned by version and hash

PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet

constraints: $(READY) ## Pin anew: newest versions that fit, with the hashes of all their files (needs uv)
	$(PIN) --upgrade --extra test --output-file constraints.txt pyproject.toml
	$(PIN) --upgrade --constraint constraints.txt --extra web --output-file requirements.txt pyproject.toml
	$(PIN) --upgrade --constraint constraints.txt --extra dask --extra postgres --extra ray --extra web \
		--output-file images/requirements.txt pyproject.toml
	echo 'setuptools>=80' | $(PIN) --upgrade --constraint constraints.txt --output-file images/build.txt -

audit: $(READY) ## List what is installed with sizes and licences, and advisories from ADVISORIES, a folder of OSV files
	$(BIN)/python benchmarks/dependencies.py $(ADVISORIES)

demo: export PYTHONDONTWRITEBYTECODE = # or each command of the tour compiles our sources anew
demo: $(RUNS) ## Install what a run needs, run the shipped example, tour its result: a version, traces, an audit
	@echo "4. the tour"
	@$(BIN)/python examples/tour.py

test: export PYTHONDONTWRITEBYTECODE = # or each process that a test starts compiles our sources anew
test: $(READY) ## Run all tests; ORDER=7 shuffles them by that seed
	$(BIN)/corpushub warm
	$(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist worksteal $(ORDER:%=--random-order-seed=%)

cluster-test: $(READY) ## Run on real clusters of Dask and Ray, with workers and drivers killed (ten minutes)
	$(BIN)/pip install --quiet --require-hashes --requirement images/requirements.txt
	$(BIN)/python -m pytest -q -rfEs --show-capture=no -m cluster tests/cluster

image-check: ## Carry out the steps of images/Dockerfile in an empty environment, without a container engine (minutes)
	$(PYTHON) images/check.py

coverage: $(READY) ## Run all tests and list the lines that none of them reaches
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: $(READY) ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(READY) ## Generate docs/cli.md, docs/recipe.md, docs/reasons.md and docs/json/ from the code
	$(BIN)/python -m corpushub.docs

bench: $(READY) ## Measure throughput and compare with peers (half an hour; see docs/benchmarks.md)
	$(BIN)/python benchmarks/peers.py setup
	$(BIN)/python benchmarks/kernel.py
	$(BIN)/python benchmarks/throughput.py
	$(BIN)/python benchmarks/dedup_peers.py
	$(BIN)/python benchmarks/same_kept_set.py

soak: $(READY) ## Kill runs, commits and erasures at random and check that they are finished
	$(BIN)/python benchmarks/chaos.py
	$(BIN)/python benchmarks/crash_points.py

requests-soak: $(READY) ## Kill whoever takes and answers requests of persons, wherever it gets to (ten minutes)
	CORPUSHUB_KILLS=1 $(BIN)/python -m pytest -q --numprocesses 2 tests/corpushub/requests/people -k lost

fuzz-markup: $(READY) ## Repeat every kind of markup and show that reading it takes linear time (hours)
	$(BIN)/python benchmarks/repeated.py

clean: ## Remove what make made
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* examples/quickstart .corpushub

.PHONY: help setup constraints audit demo test cluster-test image-check coverage lint docs bench soak requests-soak fuzz-markup clean
