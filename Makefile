# Every target sets up what it needs once, in one virtual environment with pinned versions.
#   make demo    serve a fresh directory while five runs fill it [DATA= SYMBOL= TIMEFRAME= PORT=]
#   make test    all tests but those of the next line, browser tests included [ARGS=]
#   make test-ops  tests with other programs: Prometheus, nginx, Caddy, Jupyter, Dask, pip, a clean environment [ARGS=]
#   make docs    the documentation as a site, in build/site; every link checked
#   make check   formatter, linter, strict types
#   make texts   bring new texts of the pages into the catalogues of the languages
#   make screenshots  pictures of every page, dark and light, in docs/images
#   make bench   what it takes, beside floor and goal, in bench/results [ONLY='help list-warm']
#   make soak    a server under readers, writers and damage [MINUTES=60]
#   make lock    pin what the program runs on by version and hash, in config/locked
#   make bill    bill of materials (CycloneDX) and licences of that, in build/bill
#   make setup   only the set-up, of all targets [PYTHON=python3.13]

VENV ?= .venv
BIN := $(VENV)/bin

# The interpreter asked for, else that of the environment that is there, else python3.
USED := $(or $(PYTHON),$(wildcard $(BIN)/python),python3)
VERSION := $(shell $(USED) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
# With a name of .ci/setup behind it: that set of packages is installed.
READY := $(VENV)/.ready-$(VERSION)-
BROWSER := $(VENV)/.browser

UV := $(BIN)/uv
LOCK := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --quiet \
  --custom-compile-command 'make lock' -c config/constraints.txt pyproject.toml

# Images of containers forbid Python to keep what it compiled: then each of the many processes of the tests
# would compile all that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-ops docs screenshots check texts bench soak lock bill setup
.NOTPARALLEL:

demo: $(READY)demo
	@$(BIN)/peak-trade demo $(if $(PORT),--port $(PORT)) $(if $(DATA),--data '$(DATA)') \
	  $(if $(SYMBOL),--symbol '$(SYMBOL)') $(if $(TIMEFRAME),--timeframe $(TIMEFRAME))

test: $(READY)test $(BROWSER)
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-ops: $(READY)ops $(BROWSER)
	@.ci/ops '$(VENV)'
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m ops $(ARGS)

docs: $(READY)docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict -q -f config/mkdocs.yml

screenshots: $(READY)test $(BROWSER)
	$(BIN)/python docs/screenshots.py

check: $(READY)check
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

texts: $(READY)demo
	@mkdir -p build
	$(BIN)/pybabel -q extract -F config/babel.cfg -k mark -k Column:1 -k plural:2,3 -k table:3 --sort-output \
	  --no-location --omit-header -o build/messages.pot src
	$(BIN)/pybabel -q update -D peak_trade -l de -d src/peak_trade/locale -i build/messages.pot \
	  --no-fuzzy-matching --ignore-obsolete --omit-header --width 100

bench: $(READY)test $(BROWSER)
	$(BIN)/python bench/table.py $(ONLY)

soak: $(READY)test
	$(BIN)/python bench/soak.py $(if $(MINUTES),--minutes $(MINUTES))

lock: $(UV)
	@mkdir -p config/locked
	$(LOCK) -o config/locked/demo.txt
	$(LOCK) --extra exchange -o config/locked/exchange.txt

# Every set of packages begins with the locked ones: what makes them anew cannot wait for them.
$(UV):
	@test -x $(BIN)/python || $(USED) -m venv '$(VENV)'
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c config/constraints.txt uv

bill: $(READY)ops
	@.ci/bill '$(VENV)' build/bill

setup: $(READY)demo $(READY)test $(READY)check $(READY)docs $(READY)ops $(BROWSER)

$(READY)%: pyproject.toml config/constraints.txt
	@.ci/setup '$(VENV)' '$(USED)' $*
	@touch $@

$(BROWSER): | $(READY)test
	@.ci/browser '$(VENV)'
	@touch $@
