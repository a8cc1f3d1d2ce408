# make all          the study at the paper's scale, in results/
# make quick        a tiny version of the study, in results/quick/
# make accuracy     a comparison of the recipes paper and accurate (docs/accuracy.md), in results/accuracy/
# make curves       networks trained on curves (docs/accuracy.md), in results/curves/; PART names some of its studies
# make microstructures  networks of spheres, short fibres and a foam (docs/microstructures_study.md), in
#                   results/microstructures/; PART names some of its studies
# make sensitivity  studies of the choices that the paper leaves open, and control runs; extends the results of `make all`.
#                   make sensitivity PART="packing_1 gap_01" makes only these parts, each with a table in
#                   results/sensitivity/
# make decide       more seeds for undecided claims; extends the results of `make all`. It stops after 90 minutes and
#                   resumes when you call it again
# make gallery      the figures, data and verdicts of a finished study for publication, in docs/gallery/
# make bundle       a finished study as one zip for an archive: data, networks, verdicts, checksums (docs/release.md)
# make test         all tests, on all cores; make coverage also shows which lines the tests reach
# make bench        the speed of training and prediction, in native code and in its reference versions
# make sanitize     the tests of the native code with sanitizers
# make portable-check   the tests of the native code in a build for any CPU of this architecture
# make levels-check     the same in a build as in wheels, at each level that this CPU has
# make slurm-test   a tiny study through a SLURM that this command starts (root, Debian or Ubuntu)
# make calculix-test    networks as materials of CalculiX, which it builds from the source in Debian (2 CPU minutes, once)
# make faults       kills a study again and again, and reads thousands of damaged files; about half an hour
# make lint         ruff, mypy, codespell, tools/prose.py, clang-format, snakefmt, snakemake --lint
# make format       formats all sources
# make clean-quick  removes results/quick
# make docs         the website of the documentation, in site/
# make dist         the source distribution and the wheel, in dist/
# make package-check    installs the wheel in a new environment and uses it there
# Each command first creates the environment .venv from the pinned packages in envs/requirements.txt.

PYTHON ?= python3
CORES ?= $(shell env -u OMP_NUM_THREADS nproc)
BIN := .venv/bin

# Only one run may work in this folder. The kernel releases this lock when the process ends for any reason, so you can
# restart a killed run at once. Snakemake's own lock would have to be removed by hand.
define run
@flock --nonblock --close --conflict-exit-code 75 .run.lock $(LIMIT) $(BIN)/snakemake --nolock --cores $(CORES) $(1) || \
	{ code=$$?; [ $$code -ne 75 ] || echo "Another run is at work in this folder." >&2; \
	[ $$code -ne 124 ] || echo "Not finished in this time; call it again to go on." >&2; exit $$code; }
endef

.PHONY: all quick accuracy curves microstructures sensitivity decide gallery bundle test coverage bench sanitize portable-check levels-check slurm-test calculix-test faults docs dist package-check lint format clean-quick environment

all: environment
	$(call run,--set-threads train=1 -- all)
	$(BIN)/laminet-study times results --out results/times.csv

sensitivity: environment
	$(call run,--profile profiles/sensitivity -- $(if $(PART),$(PART:%=results/sensitivity/%.csv),sensitivity))

# When Snakemake is asked to stop, it first finishes the running jobs.
decide: LIMIT = timeout --foreground 85m
decide: environment
	$(call run,--profile profiles/decide -- decide)

gallery: environment
	$(BIN)/laminet-study gallery results --config config.yaml --out docs/gallery

# `make bundle STUDY=results/quick` packs the tiny study.
STUDY ?= results
bundle: environment
	$(BIN)/python tools/study_bundle.py $(STUDY) --out $(STUDY)/laminet_study_data.zip

quick: environment
	$(call run,--profile profiles/quick -- all sensitivity)

accuracy: environment
	$(call run,--profile profiles/accuracy -- accuracy)

curves: environment
	$(call run,--profile profiles/curves -- $(if $(PART),$(PART:%=results/curves/datasets/%.nc),curve_study))

microstructures: environment
	$(call run,--profile profiles/microstructures -- $(if $(PART),$(PART:%=results/microstructures/datasets/%.nc),datasets))

test: environment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal

coverage: environment
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(CORES) --dist worksteal --cov --cov-report term

bench: environment
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/training.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/online.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/curves.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/laws.py
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/voxels.py

sanitize: environment
	$(BIN)/python tools/native_build.py sanitize

portable-check: environment
	$(BIN)/python tools/native_build.py portable

levels-check: environment
	$(BIN)/python tools/native_build.py levels

docs: environment
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --clean

# Building the wheel from the source distribution shows that the distribution is complete. The wheel chooses its native
# code on the CPU where it runs.
dist: environment
	rm -rf dist
	$(BIN)/python -m build --config-setting=cmake.define.LAMINET_ARCH=levels

package-check: dist
	$(BIN)/python tools/package_check.py dist

slurm-test: environment build/slurm-plugin/installed
	$(BIN)/python tests/slurm/cluster.py install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs tests/slurm

calculix-test: environment
	$(BIN)/python tests/calculix/calculix.py install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs tests/calculix

faults: environment
	OMP_NUM_THREADS=1 $(BIN)/python tools/fault_injection.py --kills 25
	OMP_NUM_THREADS=1 $(BIN)/python tools/fuzz_harness.py --inputs 5000

# The plugin stays out of the environment; envs/slurm.txt says why.
build/slurm-plugin/installed: envs/slurm.txt .venv/installed
	rm -rf build/slurm-plugin
	$(BIN)/python -m pip install --quiet --no-deps --target build/slurm-plugin --requirement envs/slurm.txt
	touch $@

lint: environment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/python tools/prose.py
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

# The lock prevents two commands in a fresh clone from building at the same time.
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
