# Short names for what the CMake presets and scripts/ do; each line below can be
# typed without make. docs/Developing.md describes the steps.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DEFAULT_GOAL := build

PREFIX ?= /usr/local
VENV   := build/venv
PYTHON := $(VENV)/bin/python
BENCH_VENV := build/bench-venv
# `all` installs those that are gigabytes (benchmarks/requirements-all.txt) and
# builds llama.cpp, too.
BENCH_PEERS ?= small
ifeq ($(filter $(BENCH_PEERS),small all),)
$(error BENCH_PEERS is small or all, not '$(BENCH_PEERS)')
endif
MODEL  := build/models/all-MiniLM-L6-v2
TOOL   := build/release/bin/treadle
DEMO   := build/minilm.treadle

# make's own -j is for its few steps; ninja finds the number of cores itself.
.NOTPARALLEL:

.PHONY: build demo test bench install docs format help clean packages

build: build/release/build.ninja ## build the compiler, the runtime and the Python package (build/release)
	cmake --build --preset release

demo: $(DEMO)/model.json ## compile a real sentence encoder and show it at work
	PYTHONPATH=build/release/python $(PYTHON) examples/demo/demo.py --model $(MODEL) --artifact $(DEMO)

test: build/dev/build.ninja $(MODEL)/.complete ## build with assertions and run every test
	cmake --build --preset dev
	/usr/bin/python3 scripts/run_tests.py --preset dev

bench: $(TOOL) $(MODEL)/.complete $(BENCH_VENV)/.complete-$(BENCH_PEERS) ## measure beside other engines (BENCH_PEERS=all: IREE, torch and llama.cpp, too)
	PYTHONPATH=build/release/python $(BENCH_VENV)/bin/python benchmarks/bench.py \
	  --model $(MODEL) --tool $(TOOL) $(BENCH_OPTIONS)

install: build ## install under PREFIX (default /usr/local)
	cmake --install build/release --prefix "$(PREFIX)"

docs: packages ## build the documentation as a site in build/docs/site
	scripts/make-docs.sh

format: packages ## clang-format every C++ file that git tracks
	git ls-files -z '*.h' '*.cpp' '*.c' | xargs -0 --no-run-if-empty clang-format-22 -i

clean: ## delete build/
	rm -rf build

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

# Asking dpkg takes a moment, so this one is asked every time and needs no stamp.
packages:
	@scripts/setup-packages.sh

$(VENV)/.complete: python/requirements-dev.txt scripts/setup-python.sh | packages
	scripts/setup-python.sh

$(BENCH_VENV)/.complete-small: benchmarks/requirements.txt scripts/setup-python.sh | packages
	scripts/setup-python.sh $(BENCH_VENV) $<
	@touch $@

$(BENCH_VENV)/.complete-all: benchmarks/requirements-all.txt $(BENCH_VENV)/.complete-small \
    benchmarks/requirements-llamacpp.txt scripts/setup-llamacpp.sh
	scripts/setup-python.sh $(BENCH_VENV) $<
	scripts/setup-llamacpp.sh $(BENCH_VENV)
	@touch $@

$(MODEL)/.complete: scripts/fetch-model.sh $(VENV)/.complete
	scripts/fetch-model.sh

$(DEMO)/model.json: $(TOOL) $(MODEL)/.complete
	$(TOOL) compile $(MODEL) -o $(DEMO)

# ninja decides whether the tool is made again; the empty command has make look
# at its time afterwards.
$(TOOL): build
	@:

# Once configured, ninja itself notices changed CMake files; changed presets it
# does not.
build/%/build.ninja: CMakePresets.json $(VENV)/.complete
	cmake --preset $*
	@touch $@
