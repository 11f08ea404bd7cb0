"""What the commands of a deployed stack say and do, on an account that is not there."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import EndpointConnectionError

from slm.cli.deploy import check, deploy_checked
from slm.cli.deploy_words import tell_outputs
from slm.cli.destroy import destroy_all
from slm.cli.events import tell
from slm.cli.failures import ask_doctor, interruptible
from slm.cli.render import Output
from slm.cli.running import switch
from slm.cli.smoke import run_checks
from slm.cli.status import tell_billing
from slm.cli.upload_model import upload_files
from slm.client import Target
from slm.commands import Commands
from slm.errors import SlmError
from slm.operations.billing import billing
from slm.operations.checks import DeployOptions
from slm.operations.preflight import DeployRefused
from slm.operations.stack_operation import Event, now
from slm.settings import Settings, load_settings
from slm.stack_outputs import API_GATEWAY_URL, EXAMPLE_CURL_COMMAND, GET_API_KEY_COMMAND
from tests.unit.fake_account import MADE_AT, FakeAccount, event
from tests.unit.fake_aws import client_error
from tests.unit.test_operations_billing import HOURS, schedule
from tests.unit.test_operations_cdk import OUTPUTS, program
from tests.unit.test_operations_smoke import KEY, good
from tests.unit.test_operations_upload import Bucket

STACK = "SlmSagemakerStack"


class Said(Output):
    """Output, kept."""

    def __init__(self, *, as_json: bool = False, answer: bool = False) -> None:
        self.out = io.StringIO()
        self.err = io.StringIO()
        self._answer = answer
        super().__init__(as_json=as_json, stdout=self.out, stderr=self.err)

    def confirm(self, question: str) -> bool:
        return self._answer

    @property
    def words(self) -> str:
        return self.out.getvalue() + self.err.getvalue()

    @property
    def json(self) -> Any:
        return json.loads(self.out.getvalue())


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def account(settings: Settings) -> FakeAccount:
    account = FakeAccount()
    account.deploy(settings)
    return account


# --- Deploy -------------------------------------------------------------------------


def test_a_check_names_the_place(account: FakeAccount, settings: Settings) -> None:
    account.statuses = ["ROLLBACK_COMPLETE"]
    account.endpoint = None
    said = Said()
    check(account, settings, DeployOptions(), said)
    assert "was rolled back" in said.words
    assert f"{STACK}, region eu-west-2 of account 123456789012" in said.words


def test_a_check_refuses(account: FakeAccount, settings: Settings) -> None:
    account.statuses = ["UPDATE_FAILED"]
    with pytest.raises(DeployRefused):
        check(account, settings, DeployOptions(), Said())
    check(account, settings, DeployOptions(keep_failed=True), Said())


def test_a_deploy(account: FakeAccount, settings: Settings, tmp_path: Path) -> None:
    cdk = program(tmp_path, f"echo '{OUTPUTS}' > $4")
    said = Said(as_json=True)
    deploy_checked(account, settings, [], said, stop_first=False, program=cdk)
    assert said.json == {"stack": STACK, "outputs": {"ApiKeyId": "id"}}


def test_a_deploy_around_a_stop(account: FakeAccount, settings: Settings, tmp_path: Path) -> None:
    cdk = program(tmp_path, f"echo '{OUTPUTS}' > $4")
    said = Said()
    deploy_checked(account, settings, [], said, stop_first=True, program=cdk)
    assert [line for line in said.words.splitlines() if line.startswith("Step")] == [
        "Step 1 of 3: Stop the endpoint",
        "Step 2 of 3: cdk deploy",
        "Step 3 of 3: Start the endpoint",
    ]


def test_a_deploy_that_fails(account: FakeAccount, settings: Settings, tmp_path: Path) -> None:
    account.statuses = ["UPDATE_ROLLBACK_COMPLETE"]
    account.events = [event("UPDATE_FAILED", "Endpoint", "did not pass the ping health check")]
    said = Said()
    with pytest.raises(SlmError, match="status 1"):
        deploy_checked(
            account,
            settings,
            [],
            said,
            stop_first=False,
            program=program(tmp_path, "exit 1"),
            diagnose=lambda aws, settings, output: output.line("It is the model."),
        )
    assert said.words.endswith("It is the model.\n")
    assert "Endpoint (AWS::SageMaker::Endpoint): did not pass the ping health" in said.words
    assert "What was there before is back, and answers." in said.words
    assert "aws logs tail /aws/sagemaker/Endpoints/SlmSagemakerStack-endpoint" in said.words


def test_how_to_use_it(account: FakeAccount, settings: Settings) -> None:
    account.profile = "ml-sage"
    outputs = {
        API_GATEWAY_URL: "https://api.example/prod/",
        GET_API_KEY_COMMAND: "aws get-key",
        EXAMPLE_CURL_COMMAND: 'curl -H "x-api-key: $(aws get-key)"',
    }
    said = Said()
    tell_outputs(account, settings, outputs, said)
    assert "aws get-key --profile ml-sage\n" in said.words
    assert '$(aws get-key --profile ml-sage)"' in said.words
    assert "1 x ml.g4dn.2xlarge" in said.words
    assert "make stop PROFILE=ml-sage REGION=eu-west-2" in said.words


def test_a_deploy_that_leaves_it_stopped(account: FakeAccount, settings: Settings) -> None:
    account.endpoint = None
    account.parameters["EndpointRunning"] = "false"
    said = Said()
    tell_outputs(account, settings, {}, said)
    assert "make start REGION=eu-west-2" in said.words
    assert "nothing by the hour; once started $" in said.words


# --- Failures and interrupts ----------------------------------------------------------


def test_ctrl_c_says_what_goes_on(account: FakeAccount, settings: Settings) -> None:
    said = Said()
    with pytest.raises(KeyboardInterrupt), interruptible(account, settings, said):
        raise KeyboardInterrupt
    assert "What CloudFormation has begun goes on: 'slm status --region eu-west-2'" in said.words
    assert f"cancel-update-stack --stack-name {STACK} --region eu-west-2" in said.words
    assert "'make destroy REGION=eu-west-2'" in said.words


def test_doctor_is_asked_for_the_cause(account: FakeAccount, settings: Settings) -> None:
    said = Said()
    ask_doctor(account, settings, said)
    assert "It failed, but no cause that is known here stands in what could be seen." in said.words


@pytest.mark.parametrize("statuses", [[], ["UPDATE_COMPLETE"]])
def test_a_failure_before_anything_happened(
    account: FakeAccount, settings: Settings, statuses: list[str]
) -> None:
    account.statuses = statuses
    said = Said()
    with pytest.raises(SlmError), interruptible(account, settings, said):
        raise SlmError("no")
    assert said.words == ""


def test_a_failure_that_cannot_be_looked_into(account: FakeAccount, settings: Settings) -> None:
    account.failures["describe_stacks"] = EndpointConnectionError(endpoint_url="https://x")
    said = Said()
    with pytest.raises(SlmError, match=r"^no$"), interruptible(account, settings, said):
        raise SlmError("no")
    assert "events cannot be read: AWS cannot be reached" in said.words


@pytest.mark.parametrize(
    ("kind", "status", "told"),
    [
        ("AWS::SageMaker::Endpoint", "DELETE_IN_PROGRESS", True),
        ("AWS::CloudFormation::Stack", "UPDATE_COMPLETE", True),
        ("AWS::ApiGateway::Method", "DELETE_COMPLETE", False),
        ("AWS::IAM::Role", "DELETE_FAILED", True),
    ],
)
def test_events_that_are_told(kind: str, status: str, told: bool) -> None:
    said = Said()
    tell(said, Event("id", now(), "Thing", kind, status, "because"))
    assert (status in said.words) is told
    assert ("because" in said.words) is (told and status.endswith("FAILED"))


# --- Stop and start -------------------------------------------------------------------


def test_stop_and_start(account: FakeAccount, settings: Settings) -> None:
    said = Said()
    switch(account, settings, said, running=False, wait=True)
    switch(account, settings, said, running=False, wait=True)
    switch(account, settings, said, running=True, wait=False)
    assert f"Stack {STACK} is stopped.\n" in said.words
    assert f"Stack {STACK} is stopped already.\n" in said.words
    assert "CloudFormation is at it; 'slm status --region eu-west-2' tells" in said.words
    assert "'make stop REGION=eu-west-2' ends that" in said.words
    assert "What still costs: alarms" in said.words
    assert "(1 x ml.g4dn.2xlarge, price of us-east-1" in said.words


@pytest.mark.parametrize("wait", [True, False])
def test_stop_for_programs(account: FakeAccount, settings: Settings, wait: bool) -> None:
    said = Said(as_json=True)
    switch(account, settings, said, running=False, wait=wait)
    assert said.json == {"stack": STACK, "running": False, "changed": True, "done": wait}


def test_what_it_costs_and_what_the_clock_does(account: FakeAccount, settings: Settings) -> None:
    account.schedules = {
        "start": schedule(HOURS.start_cron, "true"),
        "stop": schedule(HOURS.stop_cron, "false"),
    }
    said = Said()
    tell_billing(billing(account, settings, MADE_AT + timedelta(hours=2)), Commands(), said)
    assert said.words.splitlines() == [
        "Costs       $0.94 an hour (1 x ml.g4dn.2xlarge, price of us-east-1, 2026-09-27); $1.88 "
        "since 2026-11-24 08:00 UTC",
        "Next stop   Tuesday 2026-11-24 18:00 Europe/Berlin",
        "Next start  Wednesday 2026-11-25 08:00 Europe/Berlin",
    ]


def test_what_a_stopped_one_costs(account: FakeAccount, settings: Settings) -> None:
    account.parameters["EndpointRunning"] = "false"
    account.failures["list_schedules"] = client_error("AccessDenied", "no ListSchedules")
    said = Said()
    tell_billing(billing(account, settings, MADE_AT), Commands(stack="Mine"), said)
    assert "stopped: no instance is billed; 'make start STACK=Mine' brings it back" in said.words
    assert "no ListSchedules" in said.words


# --- Destroy --------------------------------------------------------------------------


@pytest.fixture
def left(account: FakeAccount) -> FakeAccount:
    account.keys = [{"id": "second", "name": "alice", "tags": {"slm:stack": STACK}}]
    account.schedules = {"key-alice-ends": {}}
    return account


def test_destroy(left: FakeAccount, settings: Settings) -> None:
    said = Said(answer=True)
    destroy_all(left, settings, said, yes=False)
    assert "API key alice (second), made outside of the template" in said.words
    assert "schedule key-alice-ends" in said.words
    assert said.words.endswith(f"Stack {STACK} is gone, and nothing of it is left.\n")
    assert (left.keys, left.schedules) == ([], {})


def test_destroy_asks_first(left: FakeAccount, settings: Settings) -> None:
    with pytest.raises(SlmError, match=r"Nothing was deleted\. Say --yes"):
        destroy_all(left, settings, Said(), yes=False)
    assert left.statuses == ["CREATE_COMPLETE"]


def test_destroy_for_programs(left: FakeAccount, settings: Settings) -> None:
    said = Said(as_json=True)
    destroy_all(left, settings, said, yes=True)
    assert said.json == {
        "stack": STACK,
        "keys": {"second": "alice"},
        "schedules": ["key-alice-ends"],
    }


def test_nothing_to_destroy(settings: Settings) -> None:
    said = Said()
    destroy_all(FakeAccount(), settings, said, yes=False)
    assert "There is no stack SlmSagemakerStack in region eu-west-2 of account" in said.words


def test_destroy_says_what_is_left(account: FakeAccount, settings: Settings) -> None:
    account.log_groups = [f"/aws/sagemaker/Endpoints/{STACK}-endpoint"]
    with pytest.raises(SlmError, match=r"is gone, but this is left:\nlog group"):
        destroy_all(account, settings, Said(), yes=True)


# --- Smoke and upload -----------------------------------------------------------------


def answers(handler: Callable[[httpx.Request], Any]) -> httpx.MockTransport:
    return httpx.MockTransport(handler)


TARGET = Target("The API", "https://api.example/prod/", KEY, "")


@pytest.mark.anyio
async def test_smoke() -> None:
    said = Said()
    assert await run_checks(TARGET, said, transport=answers(good)) == 0
    assert "The API: https://api.example/prod/" in said.words
    assert said.words.endswith("All is as it should be.\n")


@pytest.mark.anyio
async def test_smoke_of_an_api_that_fails() -> None:
    said = Said(as_json=True)
    failing = answers(lambda request: httpx.Response(500))
    assert await run_checks(TARGET, said, transport=failing) == 13
    assert said.json["passed"] is False
    assert said.json["checks"][0]["name"] == "health"
    words = Said()
    await run_checks(TARGET, words, transport=failing)
    assert "FAIL  health" in words.words
    assert words.words.endswith("13 of 13 checks failed.\n")


def test_upload(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_text("weights")
    bucket, said = Bucket(), Said()
    upload_files(bucket, tmp_path / "m.gguf", "s3://models/hermes/", said)
    upload_files(bucket, tmp_path / "m.gguf", "s3://models/hermes/", said)
    assert "sent   hermes/m.gguf" in said.words
    assert "there  hermes/m.gguf" in said.words
    assert said.words.endswith('model_data_url = "s3://models/hermes/"\n')
    for_programs = Said(as_json=True)
    upload_files(bucket, tmp_path / "m.gguf", "s3://models/hermes/", for_programs)
    assert for_programs.json == {"model_data_url": "s3://models/hermes/", "files": 1, "sent": 0}


def test_a_refusal_of_the_bucket(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_text("weights")
    bucket = Bucket()
    bucket.failures["put_object"] = client_error("AccessDenied", "no PutObject")
    with pytest.raises(SlmError, match="no PutObject"):
        upload_files(bucket, tmp_path / "m.gguf", "s3://models/hermes/", Said())
