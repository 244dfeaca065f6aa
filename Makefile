# `make` alone lists the targets. Each one sets up what it needs and calls a script; the
# scripts can be run by hand just as well.
.DEFAULT_GOAL := help
PORT ?= 8000

.PHONY: help install build serve up test check bench soak dist clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## set-up only: compiler target, wasm and browser tools
	@scripts/setup all

build: ## the command line with the page in it, in release
	@scripts/setup build
	@scripts/build

serve: ## build page and server, and watch a sample drift on http://localhost:8000 (PORT=… to change)
	@scripts/setup serve
	@scripts/serve $(PORT)

up: ## server, Prometheus, Alertmanager and Grafana in containers, everything provisioned
	@scripts/up

test: ## every test but the soak: native, the server by schemathesis, wasm in a browser, the built page
	@scripts/setup test
	@scripts/test

check: ## what must hold before the tests: format, lints, no_std, layering, sizes
	@scripts/setup check
	@scripts/check

bench: ## time `driftline compare` beside DuckDB and Polars, load `driftline serve`, open the page
	@scripts/setup bench
	@scripts/setup test
	@bench/run
	@bench/serve
	@bench/page

soak: ## long runs: property tests with many cases, kills of the server under load, fuzzing
	@scripts/setup test
	@scripts/soak

dist: ## target/driftline-page.zip: the static page for any host and any sub-path
	@scripts/setup dist
	@scripts/page
	@scripts/zip_page

clean: ## remove what was built, in this clone only
	@scripts/clean
