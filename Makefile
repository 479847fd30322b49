# SPDX-License-Identifier: MIT
# One command per intent; 'make' alone lists them. Everything made is under .venv/ and build/.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
JOBS ?= 2
ARGS ?=
VENV := .venv/bin
SECOND := QIANDAO_LANGUAGE=en MICROPYTHON= MICROPYTHON_SUITE=forky MICROPYTHON_ARCH=amd64

.PHONY: help setup setup-second setup-browser day sim test test-long test-page test-languages test-second check fuzz powercut soak model bench glyphs gen_check format clean distclean docs manual pictures flash deploy image netcut

help: ## list the commands
	@echo 'Qiandao: firmware of a payment terminal, its emulated board and its host. Commands:'
	@awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Variables: PYTHON=python3 JOBS=2 ARGS="more for pytest or sim"; MICROPYTHON=/path takes that interpreter (1.25 or later),'
	@echo '  MICROPYTHON_SUITE=trixie MICROPYTHON_ARCH=i386 choose the Debian build to fetch.'

setup: ## make .venv and fetch MicroPython (other commands do it by themselves)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=/path")'
	@$(PYTHON) -m tools.setup.venv
	@$(PYTHON) -m tools.setup.micropython

setup-second: setup
	@$(SECOND) $(PYTHON) -m tools.setup.micropython

setup-browser: setup # for the tests of the page only
	@$(PYTHON) -m tools.setup.chromium

sim: setup ## try the terminal on a web page of this computer
	@$(VENV)/qiandao sim $(ARGS)

flash: setup ## erase a board and give it MicroPython: PORT=/dev/ttyUSB0 [FIRMWARE=file.bin]
	@$(VENV)/qiandao flash $(if $(PORT),--serial '$(PORT)') $(if $(FIRMWARE),--firmware '$(FIRMWARE)')

deploy: setup ## copy the firmware onto it, what changed: PORT=/dev/ttyUSB0 [SOURCE=1]
	@$(VENV)/qiandao deploy $(if $(PORT),--serial '$(PORT)') $(if $(SOURCE),--source)

image: setup ## make one file of both for the factory line: [FIRMWARE=file.bin] [OUT=build/qiandao.bin]
	@$(VENV)/qiandao image $(if $(FIRMWARE),--firmware '$(FIRMWARE)') $(if $(OUT),--out '$(OUT)')

day: setup ## live through a shop's day on the emulated board
	@$(VENV)/python -m tools.day

test: setup ## run the tests on the 32-bit interpreter
	@$(VENV)/pytest -q -n $(JOBS) $(ARGS)

test-long: setup setup-browser ## run the longer ones: boards in real time, the page in Chromium, more power cuts
	@$(VENV)/pytest -q -m long -n $(JOBS) $(ARGS)

test-page: setup setup-browser ## run those of them that click through the page in Chromium
	@$(VENV)/pytest -q -m long -n $(JOBS) tests_host/sim $(ARGS)

test-languages: setup ## run the journeys in English and in traditional Chinese
	@QIANDAO_LANGUAGE=en $(VENV)/pytest -q -n $(JOBS) tests_host/journeys $(ARGS)
	@QIANDAO_LANGUAGE=zh-Hant $(VENV)/pytest -q -n $(JOBS) tests_host/journeys $(ARGS)

test-second: setup-second ## run unit tests and journeys on a newer 64-bit interpreter; the journeys in English
	@$(SECOND) $(VENV)/pytest -q -n $(JOBS) tests_host/unit tests_host/journeys $(ARGS)

check: setup ## format, lint, types (host and device), structure, generated files
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/mypy --config-file tools/setup/mypy-device.ini
	$(VENV)/pytest -q tests_host/test_structure.py
	@$(MAKE) --no-print-directory gen_check

fuzz: setup ## hostile input by the million: [ARGS="PART .. --seed 7 --case 1234"]
	@$(VENV)/python -m tools.fuzz $(ARGS)

powercut: setup ## a day's power cut at each flash operation of it, in each way: [ARGS="--every 5"]
	@$(VENV)/python -m tests_host.journeys.powercut $(ARGS)

model: setup ## 2,000 days of chance against a model of the terminal: [ARGS="--runs 50 --seed 7"]
	@$(VENV)/python -m tests_host.endurance.model $(ARGS)

soak: setup ## weeks at two terminals, one transaction in twenty disturbed: [ARGS="--transactions 400 --shifts 2 --seed 7"]
	@$(VENV)/python -m tests_host.endurance.soak $(ARGS)

netcut: setup ## a day's network cut at each byte of it, the host stopped at each commit: [ARGS="--every 50"]
	@$(VENV)/python -m tests_host.netcut $(ARGS)

bench: setup ## measure flash, heap and time against their budgets
	@$(VENV)/python -m tools.bench

glyphs: setup ## regenerate firmware/ui/glyphs.bin from the font
	@$(VENV)/python -m tools.glyphs

manual: setup setup-browser ## print the operator's guide and the quick card: build/manual/, HTML and PDF
	@$(VENV)/python -m tools.manual $(ARGS)

docs: setup ## renew what is generated of the manual: tables and drawings
	@$(VENV)/python -m tools.docs

pictures: setup setup-browser ## take the manual's pictures anew: scripts on the emulated board, a shift on the page
	@$(VENV)/python -m tools.play.pictures
	@QIANDAO_PICTURES=1 $(VENV)/pytest -q -m long tests_host/sim/test_shift.py

gen_check: setup ## regenerate what is generated and compare with what is committed
	@$(VENV)/python -m tools.glyphs --check
	@$(VENV)/python -m tools.docs --check
	@$(VENV)/python -m tools.play.pictures --check

format: setup ## format and mend the code
	@$(VENV)/ruff check --fix-only -q .
	@$(VENV)/ruff format .

clean: ## remove what was built
	rm -rf build
	find . -name __pycache__ -not -path './.venv/*' -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	rm -rf .venv .hypothesis
