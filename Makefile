# Everything a person or CI does with this repository. `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PACKAGES := agent apis deploy gateway_config identity local_agentcore mcp_servers
VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; override with `make PYTHON=/path/to/python …`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { command -v $$p; break; }; done)
UV := $(shell command -v uv 2>/dev/null)
LOCKED := pyproject.toml uv.lock requirements/run.txt requirements/dev.txt requirements/browser.txt requirements/aws.txt
EXPORT_DEV := uv export --frozen --quiet --no-emit-project --no-header
EXPORT_RUN := $(EXPORT_DEV) --no-default-groups --group build
EXPORT_BROWSER := $(EXPORT_DEV) --group browser
EXPORT_AWS := $(EXPORT_DEV) --group aws

# With uv where there is one, else with venv and pip from the hashed requirements; bytecode compiled either way.
define install
	set -euo pipefail; \
	[ -n "$(PYTHON)" ] || { echo "Python 3.11 to 3.14 is needed; name one with make PYTHON=…" >&2; exit 1; }; \
	echo "Setting up $(VENV) ($(1)) …" >&2; \
	if [ -n "$(UV)" ]; then \
		UV_COMPILE_BYTECODE=1 "$(UV)" sync --quiet --frozen --python "$(PYTHON)" $(2); \
	else \
		[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV); \
		$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1).txt; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi; \
	$(BIN)/python -m compileall -q -x '/(node_modules|\.venv)/' $(PACKAGES); \
	touch $@
endef

CONFORMANCE := tests/conformance/identity
FOREIGN_CLIENT := tests/conformance/foreign_client
SIMULATOR := deploy/checks/simulator
CHECKOV := deploy/checks/.venv
CDK_CLI := deploy/deploying/cli
ENVIRONMENT ?= sandbox

.PHONY: help chat up test test-browser check check-requirements conformance-identity conformance-foreign-client synth check-aws package test-packages diff deploy destroy smoke format bench lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## *' '{printf "  make %-27s %s\n", $$1, $$2}'

chat: $(VENV)/.run-ready  ## set everything up and talk to the coach (questions may be piped in, one a line)
	@$(BIN)/coach chat

up: $(VENV)/.run-ready  ## run the whole stack on loopback until Ctrl-C
	@$(BIN)/coach up

test: $(VENV)/.dev-ready  ## set everything up and run the tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q

test-browser: $(VENV)/.browser-ready  ## the pages in a real Chromium; screenshots for a reviewer in build/screenshots
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
		echo "Chromium and its driver are needed: apt-get install chromium chromium-driver (Debian's packages)" >&2; exit 1; }
	$(BIN)/python -m pytest tests/browser -q -p no:randomly

check: $(VENV)/.dev-ready  ## formatting, lint, types, import contracts, lock files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/uv lock --check --quiet
	@$(MAKE) --no-print-directory check-requirements

check-requirements: $(VENV)/.dev-ready
	@diff -q requirements/run.txt <($(BIN)/$(EXPORT_RUN)) && diff -q requirements/dev.txt <($(BIN)/$(EXPORT_DEV)) \
		&& diff -q requirements/browser.txt <($(BIN)/$(EXPORT_BROWSER)) && diff -q requirements/aws.txt <($(BIN)/$(EXPORT_AWS)) \
		|| { echo "requirements/ does not match uv.lock: run make lock"; exit 1; }

conformance-identity: $(VENV)/.dev-ready $(CONFORMANCE)/node_modules/.ready  ## certified OAuth clients (npm) against the authorization server
	@$(BIN)/python -m tests.conformance.identity.run

$(CONFORMANCE)/node_modules/.ready: $(CONFORMANCE)/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
		|| { echo "make conformance-identity needs Node.js 20.19 or newer and npm on the PATH" >&2; exit 1; }
	cd $(CONFORMANCE) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

conformance-foreign-client: $(VENV)/.dev-ready $(FOREIGN_CLIENT)/.venv/.ready  ## a stranger's MCP client against the gateway
	@$(BIN)/python -m tests.conformance.foreign_client.run

$(FOREIGN_CLIENT)/.venv/.ready: $(FOREIGN_CLIENT)/requirements.txt
	"$(PYTHON)" -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

synth: $(VENV)/.aws-ready  ## the CloudFormation templates of deploy/, from gateway_config/ (needs Node.js)
	@command -v node >/dev/null || { echo "make synth needs Node.js 20 or newer on the PATH" >&2; exit 1; }
	$(BIN)/python -m deploy.app --templates

package: $(VENV)/.dev-ready  ## the zips of runtimes and functions for arm64, with sizes and bills of materials, in build/packages
	$(BIN)/python -m deploy.packaging

test-packages: $(VENV)/.dev-ready  ## packages built twice, and their twins run under the contracts of AgentCore Runtime
	$(BIN)/python -m pytest tests/packages -q -p no:randomly

check-aws: $(VENV)/.aws-ready $(CHECKOV)/.ready $(SIMULATOR)/node_modules/.ready  ## everything of deploy/ that can be checked without an account (needs Node.js)
	$(BIN)/python -m deploy.checks
	$(BIN)/python -m pytest tests/aws -q -p no:randomly

$(CHECKOV)/.ready: deploy/checks/requirements.txt
	"$(PYTHON)" -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(SIMULATOR)/node_modules/.ready: $(SIMULATOR)/package-lock.json
	@command -v npm >/dev/null || { echo "make check-aws needs Node.js 20.19 or newer and npm on the PATH" >&2; exit 1; }
	cd $(SIMULATOR) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# ENVIRONMENT=sandbox or production; STACKS names some of them. Everything is looked at before anything is changed.
diff:  ## what a deployment to AWS would change
deploy:  ## deploy one environment
destroy:  ## take a sandbox away
diff deploy destroy: $(VENV)/.aws-ready $(CDK_CLI)/node_modules/.ready
	@$(BIN)/python -m deploy.app
	@$(BIN)/python -m deploy.deploying $@ --environment "$(ENVIRONMENT)" $(if $(CI),--yes) $(STACKS)

$(CDK_CLI)/node_modules/.ready: $(CDK_CLI)/package-lock.json
	@command -v npm >/dev/null || { echo "make deploy needs Node.js 20.19 or newer and npm on the PATH" >&2; exit 1; }
	cd $(CDK_CLI) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# STACK=FILE tries a stack on this computer instead: what coach up --json printed.
smoke: $(VENV)/.dev-ready  ## try a deployed environment from outside
	@$(BIN)/python -m deploy.smoke $(if $(STACK),--stack "$(STACK)",--environment "$(ENVIRONMENT)") $(if $(TOKEN_FILE),--token-file "$(TOKEN_FILE)")

format: $(VENV)/.dev-ready  ## format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev-ready  ## measure, as ratios within one run
	$(BIN)/python -m benchmarks

lock: $(VENV)/.dev-ready  ## renew uv.lock and the hashed requirements made from it
	$(BIN)/uv lock
	$(BIN)/$(EXPORT_RUN) > requirements/run.txt
	$(BIN)/$(EXPORT_DEV) > requirements/dev.txt
	$(BIN)/$(EXPORT_BROWSER) > requirements/browser.txt
	$(BIN)/$(EXPORT_AWS) > requirements/aws.txt

clean:  ## remove the virtual environment and caches; COACH_HOME stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis $(CONFORMANCE)/node_modules $(FOREIGN_CLIENT)/.venv $(SIMULATOR)/node_modules $(CHECKOV) $(CDK_CLI)/node_modules
	find $(PACKAGES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run-ready: $(LOCKED)
	@$(call install,run,--no-default-groups --group build --inexact)

$(VENV)/.dev-ready: $(LOCKED)
	@$(call install,dev,--inexact)
	@touch $(VENV)/.run-ready

$(VENV)/.browser-ready: $(LOCKED)
	@$(call install,browser,--group browser --inexact)
	@touch $(VENV)/.run-ready $(VENV)/.dev-ready

$(VENV)/.aws-ready: $(LOCKED)
	@$(call install,aws,--group aws --inexact)
	@touch $(VENV)/.run-ready $(VENV)/.dev-ready
