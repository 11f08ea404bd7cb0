"""The README is true: its commands run, its figures and tables are those of the code.

Commands that need an AWS account are checked as far as they go without one: make targets in a
dry run, ``aws`` commands against the API's own model.
"""

import csv
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import botocore.session
import pytest

from slm import routes, stack_outputs
from slm.errors import ERROR_TABLE
from slm.settings import Settings
from tests.clients.twin_process import PATIENCE_S, Twin

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text()

HOURS_A_MONTH: Final = 730

NOT_RUN: Final = {
    "git clone": "needs the repository's address",
    "cd ": "belongs to the clone",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", README, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[str]:
    """The commands of all bash blocks, continued lines joined, comments left out."""
    for block in blocks("bash"):
        joined = re.sub(r"\\\n\s*", " ", block)
        yield from _statements(joined)


def _statements(text: str) -> Iterator[str]:
    """Lines, where a quoted text may go over several of them."""
    pending = ""
    for line in text.splitlines():
        pending = f"{pending}\n{line}" if pending else line.strip()
        if pending.count("'") % 2 == 0:
            code = re.sub(r"\s+# .*$", "", pending) if "'" not in pending else pending
            for statement in code.split(" && ") if "'" not in code else [code]:
                if statement.strip() and not statement.strip().startswith("#"):
                    yield statement.strip()
            pending = ""


def run(command: str, **more: str) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home()), **more},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_command(command: str, twin: Twin, tmp_path: Path) -> None:
    if any(command.startswith(start) for start in NOT_RUN):
        return
    if command.startswith("make "):
        run(f"make --dry-run {command.removeprefix('make ')}")
    elif command.startswith("SLM_"):
        run(command.replace("make ", "make --dry-run ").replace("…", ""))
    elif "aws " in command:
        check_aws(command[command.index("aws ") :].rstrip(")"))
    elif command.startswith("curl "):
        url = re.search(r"https://\S+/prod", command)
        assert url is not None
        pasted = command.replace(url[0], twin.url).replace("YOUR_API_KEY", twin.key)
        answer = json.loads(run(pasted.replace("curl ", "curl -s ")))
        assert set(answer) == set(json.loads(blocks("json")[0]))
    elif command.startswith(".venv/bin/slm invoke"):
        assert "Paris" in run(command + " --temperature 0", SLM_URL=twin.url, SLM_API_KEY=twin.key)
    elif command.startswith((".venv/bin/slm keys", ".venv/bin/slm usage")):
        run_in(tmp_path, command)
    elif command.startswith(".venv/bin/slm doctor"):
        options = [word for word in command.split() if word.startswith("--")]
        said = run(".venv/bin/slm doctor --help", COLUMNS="200")
        assert all(option in said for option in options)
    elif command.startswith(".venv/bin/slm plan"):
        assert "yes" in run(command)
    elif command.startswith(".venv/bin/pytest"):
        run(re.sub(r" --cov\S*", "", command) + " --collect-only -q")
    else:
        pytest.fail(f"no rule tests this command: {command}")


def run_in(folder: Path, command: str) -> None:
    """A command for the twin of a folder, where there is a key already if it needs one."""
    slm = ROOT / ".venv" / "bin" / "slm"
    key = "true" if " create " in command else f"{slm} keys create nightly-job"
    run(f"cd {folder} && {key} && {command.replace('.venv/bin/slm', str(slm))}")


def check_aws(command: str) -> None:
    """The service, the operation and each of its options exist."""
    _, service, operation, *options = shlex.split(command)
    if (service, operation) == ("logs", "tail"):
        return  # of the command line only; ERRATA names its options
    model = botocore.session.get_session().get_service_model(service)
    name = "".join(word.capitalize() for word in operation.split("-"))
    shape = model.operation_model(name).input_shape
    assert shape is not None
    members = {re.sub(r"[^a-z]", "", member.lower()) for member in shape.members}
    for option in options:
        if option.startswith("--") and option not in {
            "--profile",
            "--region",
            "--query",
            "--output",
        }:
            assert re.sub(r"[^a-z]", "", option.lower()) in members, option


def test_targets_are_those_of_make() -> None:
    listed = set(re.findall(r"^make ([a-z-]+) +# ", README, re.MULTILINE))
    offered = set(re.findall(r"^ {2}([a-z-]+) {2,}", run("make help"), re.MULTILINE))
    assert listed <= offered
    seed = {"help", "sso-login", "bootstrap", "deploy", "diff", "synth", "destroy", "install"}
    assert seed <= offered


def test_prices_and_months_come_from_the_catalog() -> None:
    with (ROOT / "slm" / "data" / "instances.csv").open() as file:
        prices = {
            row["instance_type"]: float(row["price_usd_per_hour_us_east_1"])
            for row in csv.DictReader(file)
            if row["price_usd_per_hour_us_east_1"]
        }
    rows = re.findall(r"^\| `(ml\.\S+)`.*\| ([\d.]+) \| (\d+) \|$", README, re.MULTILINE)
    assert len(rows) == 4
    for name, hour, month in rows:
        assert (float(hour), int(month)) == (prices[name], round(prices[name] * HOURS_A_MONTH))
    price = prices[Settings().instance_type]
    for words in (f"${price:g} an hour", f"${round(price * HOURS_A_MONTH)} a month"):
        assert README.count(words) >= 2


def test_defaults_are_those_of_the_settings() -> None:
    settings = Settings()
    assert f"`rate_limit`: {settings.rate_limit:g} requests/second" in README
    assert f"`burst_limit`: {settings.burst_limit} requests" in README
    assert f"`quota`: {settings.quota:,} requests/day" in README
    assert settings.hf_model_id in README
    assert f"`{settings.instance_type}` (default)" in README


def test_routes_and_keys_are_those_of_the_table() -> None:
    rows = re.findall(r"^\| `([A-Z]+) (/\S*)` \| (yes|no) \|", README, re.MULTILINE)
    listed = {(method, path, key == "yes") for method, path, key in rows}
    assert listed == {(r.method, r.path, r.key_required) for r in routes.ROUTES}


def test_statuses_and_codes_are_those_of_the_table() -> None:
    table = README[README.index("### Errors") : README.index("## Project Structure")]
    for facts in ERROR_TABLE.values():
        if facts.status != 500:
            assert f"| {facts.status} |" in table, facts
            assert f"`{facts.code}`" in table, facts


def test_outputs_are_those_of_the_stack() -> None:
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", README, re.MULTILINE)) == set(stack_outputs.ALL)


def test_links_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text()):
            if not target.startswith(("http", "../..")):
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_sections_of_the_seed_are_there() -> None:
    for title in (
        "Architecture",
        "System Components",
        "Request Flow",
        "Prerequisites",
        "Quick Start",
        "1. Clone and Setup",
        "2. AWS Authentication",
        "3. Bootstrap CDK (first time only)",
        "4. Deploy the Stack",
        "5. Retrieve API Key",
        "Usage",
        "Invoke the Model",
        "Response Format",
        "Project Structure",
        "Development",
        "Run Tests",
        "Linting",
        "CDK Commands",
        "Makefile Targets",
        "Configuration",
        "SageMaker Endpoint",
        "API Gateway",
        "Cost Considerations",
        "Troubleshooting",
        "Health Check Failure (Primary Container Ping Failed)",
        "Insufficient Memory Error (Real-Time Endpoint)",
        "API Gateway CloudWatch Logs Error",
        "Failed Stack Cleanup",
        "Memory Limits",
        "API Key Issues",
        "CI/CD",
        "Optional: Setup Coverage Reporting",
        "License",
        "Useful CDK Commands",
    ):
        assert re.search(rf"^##+ {re.escape(title)}$", README, re.MULTILINE), title
