# make all      the paper-scale study, in results/
# make quick    the same study, tiny, in results/quick/
# make accuracy  the recipes paper and accurate side by side (docs/accuracy.md), in results/accuracy/
# make sensitivity   what depends on choices the paper leaves open, and control runs, beside `make all`;
#               make sensitivity PART="packing_1 gap_01" makes these parts alone, each a table in results/sensitivity/
# make decide   what more seeds decide of the claims, beside `make all`; ends after 90 minutes, and goes on when called again
# make gallery  a finished study's figures, data and verdicts for publication, in docs/gallery/
# make bundle   a finished study as one zip for an archive: data, networks, verdicts, checksums (docs/release.md)
# make test     every test, on all cores; make coverage: and which lines they reach
# make bench    speed of training and of prediction, native code and its references side by side
# make sanitize, make portable-check    the native code's tests with sanitizers, or built for any CPU of this kind
# make slurm-test    a tiny study through a SLURM that is started for it (root, Debian or Ubuntu)
# make faults   a study killed again and again, and thousands of damaged files; about half an hour
# make lint     ruff, mypy, codespell, clang-format, snakefmt, snakemake --lint
# make docs     the documentation as a site, in site/
# make dist     source distribution and wheel, in dist/
# make package-check    the wheel alone in a new environment, used there
# Each creates the environment .venv first, from the pinned packages in envs/requirements.txt.

PYTHON ?= python3
CORES ?= $(shell env -u OMP_NUM_THREADS nproc)
BIN := .venv/bin

# One run at a time in this folder. The kernel drops this lock with its process, however that ends, so a killed run can
# simply be started again; Snakemake's own lock would have to be removed by hand.
define run
@flock --nonblock --close --conflict-exit-code 75 .run.lock $(LIMIT) $(BIN)/snakemake --nolock --cores $(CORES) $(1) || \
	{ code=$$?; [ $$code -ne 75 ] || echo "Another run is at work in this folder." >&2; \
	[ $$code -ne 124 ] || echo "Not finished in this time; call it again to go on." >&2; exit $$code; }
endef

.PHONY: all quick accuracy sensitivity decide gallery bundle test coverage bench sanitize portable-check slurm-test faults docs dist package-check lint format clean-quick environment

all: environment
	$(call run,--set-threads train=1 -- all)
	$(BIN)/laminet-study times results --out results/times.csv

sensitivity: environment
	$(call run,--profile profiles/sensitivity -- $(if $(PART),$(PART:%=results/sensitivity/%.csv),sensitivity))

# Snakemake finishes the jobs at work when it is asked to end.
decide: LIMIT = timeout --foreground 85m
decide: environment
	$(call run,--profile profiles/decide -- decide)

gallery: environment
	$(BIN)/laminet-study gallery results --config config.yaml --out docs/gallery

# STUDY=results/quick packs the tiny study.
STUDY ?= results
bundle: environment
	$(BIN)/python tools/study_bundle.py $(STUDY) --out $(STUDY)/laminet_study_data.zip

quick: environment
	$(call run,--profile profiles/quick -- all sensitivity)

accuracy: environment
	$(call run,--profile profiles/accuracy -- accuracy)

test: environment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal

coverage: environment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal --cov --cov-report term

bench: environment
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/training.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/online.py

sanitize: environment
	$(BIN)/python tools/native_build.py sanitize

portable-check: environment
	$(BIN)/python tools/native_build.py portable

docs: environment
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --clean

# The wheel is built from the source distribution, which so proves complete, and for any CPU of this kind.
dist: environment
	rm -rf dist
	$(BIN)/python -m build --config-setting=cmake.define.LAMINET_ARCH=portable

package-check: dist
	$(BIN)/python tools/package_check.py dist

slurm-test: environment build/slurm-plugin/installed
	$(BIN)/python tests/slurm/cluster.py install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs tests/slurm

faults: environment
	OMP_NUM_THREADS=1 $(BIN)/python tools/fault_injection.py --kills 25
	OMP_NUM_THREADS=1 $(BIN)/python tools/fuzz_harness.py --inputs 5000

# Not into the environment: see envs/slurm.txt.
build/slurm-plugin/installed: envs/slurm.txt .venv/installed
	rm -rf build/slurm-plugin
	$(BIN)/python -m pip install --quiet --no-deps --target build/slurm-plugin --requirement envs/slurm.txt
	touch $@

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	git ls-files 'native/*.?pp' 'native/*.h' | xargs $(BIN)/clang-format --dry-run --Werror
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

format: environment
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files 'native/*.?pp' 'native/*.h' | xargs $(BIN)/clang-format -i
	$(BIN)/snakefmt Snakefile workflow

clean-quick:
	rm -rf results/quick

# Locked, so that two commands given at once in a fresh clone do not build into each other.
environment:
	@flock .environment.lock $(MAKE) --no-print-directory .venv/built

.venv/installed: envs/requirements.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "laminet needs Python 3.11 or newer: make PYTHON=..."'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement envs/requirements.txt
	touch $@

.venv/built: .venv/installed pyproject.toml src/laminet_study/pyproject.toml CMakeLists.txt $(wildcard native/* native/*/*)
	$(BIN)/python -m pip install --quiet --no-deps --editable . --editable src/laminet_study
	touch $@
