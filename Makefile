# make demo: the main job on a real sample.  make test: what the tests need, and the tests.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c ci/constraints.txt
WORKERS ?= 2
CASE   ?= --help

.PHONY: demo test lint docs bench claims wheel test-lowest check clean

demo: $(VENV)/cribble.stamp
	mkdir -p demo
	$(BIN)/cribble select examples/data/instructions.jsonl -k 200 -o demo/subset.jsonl --report demo/report.html
	$(BIN)/cribble select examples/data/instructions.jsonl -k 200 --target examples/data/target_math.jsonl -o demo/math.jsonl --report demo/math.html
	@echo "Open demo/report.html and demo/math.html; the picks are in demo/subset.jsonl and demo/math.jsonl."

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/dev.stamp
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python tools/check_layers.py

docs: $(VENV)/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

bench: $(VENV)/bench.stamp
	$(BIN)/python benchmarks/run.py $(CASE)

claims: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks.claims

# The wheel, installed alone in a fresh environment and used outside the checkout.
wheel: $(VENV)/dev.stamp
	rm -rf dist build/wheel && mkdir -p build/wheel
	$(BIN)/python -m build --wheel --outdir dist
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip install --quiet --disable-pip-version-check -c ci/constraints.txt dist/*.whl
	cp ci/smoke.py build/wheel/ && cd build/wheel && venv/bin/python -I smoke.py

# The oldest versions that pyproject.toml allows.
test-lowest: PIP = build/lowest/bin/python -m pip install --quiet --disable-pip-version-check -c ci/lowest.txt
test-lowest:
	$(PYTHON) -m venv build/lowest
	$(PIP) -e . pandas pytest pytest-xdist hypothesis psutil ruff
	build/lowest/bin/python -m pytest -n $(WORKERS) -m 'not models and not language and not ray' $(LOWEST)

check: lint test docs wheel

clean:
	rm -rf build dist site demo docs/methods

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/cribble.stamp: pyproject.toml ci/constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	touch $@

$(VENV)/dev.stamp: pyproject.toml ci/constraints.txt ci/models.txt | $(VENV)/bin/python
	$(PIP) -e '.[ann,sql,hf,models,ray,ui,dev]' -r ci/models.txt
	touch $@ $(VENV)/cribble.stamp

$(VENV)/bench.stamp: pyproject.toml ci/constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[ann,sql,hf,models,plot,bench]'
	touch $@
