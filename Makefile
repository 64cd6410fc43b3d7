# Words for people: make lab, test, test-all, build, bench, lint. Without make, see README.md.

PYTHON ?= python3
PORT ?=
BROWSER ?= yes
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: lab test test-all build bench lint
.SILENT:

lab: .venv/.has-runtimes,phone  ## JupyterLab on notebooks/; PORT=8899 and BROWSER=no work
	$(BIN)/mobiviz lab $(if $(PORT),--port $(PORT)) $(if $(filter no,$(BROWSER)),--no-browser)

test: .venv/.has-all
	$(PYTEST)

# Of the slow ones, emulating a phone takes ten minutes and wants apt's adb and qemu-user; the classroom wants apt's
# nodejs and npm for its hub's proxy, and where that did not come its test says so.
test-all: .venv/.has-all  ## the slow ones too
	$(BIN)/python benchmarks/phone_runner.py
	-npm install --silent --no-fund --no-audit --prefix .cache/proxy configurable-http-proxy@5.3.0
	$(PYTEST) --slow

build: .venv/.has-all  ## the notebooks' two editions, solutions executed, and the static site
	$(BIN)/mobiviz course build --run
	$(BIN)/mobiviz course site

bench: .venv/.has-all
	for each in benchmarks/*.py; do echo "$$each"; $(BIN)/python "$$each" || exit 1; done

lint: .venv/.has-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# A stamp is newer than what it was made from, so a second `make lab` installs nothing.
.venv/.has-%: pyproject.toml constraints.txt
	$(PYTHON) mobiviz/bootstrap.py $*
	touch $@
