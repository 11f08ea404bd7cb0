"""A stack's evidence, whole and with parts that cannot be seen."""

import io
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from slm.aws import NoCredentials, Unreachable
from slm.cli.doctor_follow import follow_stack
from slm.cli.render import Output
from slm.doctor.follow import Follower
from slm.doctor.infer import diagnose
from slm.doctor.stack_diagnosis import StackDiagnosis, diagnose_stack
from slm.doctor.twin_evidence import gather_twin
from slm.local.state import StateDirectory
from slm.settings import Settings
from tests.unit.doctor_account import LoggingAccount, failed
from tests.unit.fake_account import FakeAccount, event
from tests.unit.fake_aws import client_error

NO_HUB = "http://127.0.0.1:9"
"""Nothing listens there."""


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def account(settings: Settings) -> LoggingAccount:
    account = LoggingAccount()
    account.deploy(settings)
    return account


def asked(account: FakeAccount, settings: Settings) -> StackDiagnosis:
    return diagnose_stack(account, settings, hub=NO_HUB)  # type: ignore[arg-type]


def test_the_containers_log_names_the_cause(account: LoggingAccount, settings: Settings) -> None:
    failed(account)
    account.lines = ["text_generation_launcher: load_model", "CUDA out of memory."]
    found = asked(account, settings)
    first = found.diagnosis.candidates[0]
    assert first.cause.id == "gpu_oom_weights"
    assert "CUDA out of memory." in first.evidence
    assert found.state.failed
    assert any("cannot be reached from here" in line for line in found.diagnosis.unseen)


def test_a_failed_endpoint_without_a_log(account: LoggingAccount, settings: Settings) -> None:
    failed(account)
    found = asked(account, settings).diagnosis
    assert "cuda_driver_mismatch_ami" in [c.cause.id for c in found.candidates]
    assert any("no log streams" in line for line in found.unseen)


def test_an_endpoint_that_names_a_failure_and_runs_on(
    account: LoggingAccount, settings: Settings
) -> None:
    assert account.endpoint
    account.endpoint |= {"EndpointStatus": "InService", "FailureReason": "It was not healthy."}
    assert asked(account, settings).diagnosis.candidates[0].cause.id == (
        "endpoint_update_rolled_back"
    )


def test_an_endpoint_that_is_being_made(account: LoggingAccount, settings: Settings) -> None:
    assert account.endpoint
    account.endpoint["EndpointStatus"] = "Creating"
    account.lines = ["Downloading model-00001-of-00002.safetensors"]
    assert asked(account, settings).diagnosis.candidates == ()


def test_a_quota_of_nothing(account: LoggingAccount, settings: Settings) -> None:
    failed(account)
    account.quotas = {f"{settings.instance_type} for endpoint usage": 0}
    assert asked(account, settings).diagnosis.candidates[0].cause.id == "instance_quota_zero"


def test_a_healthy_stack(account: LoggingAccount, settings: Settings) -> None:
    assert account.endpoint
    account.endpoint["EndpointStatus"] = "InService"
    account.lines = ["INFO:     Application startup complete."]
    account.resources = ["/aws/lambda/function", "arn:x:y"]
    found = asked(account, settings)
    assert found.diagnosis.candidates == ()
    assert not found.state.failed


def test_an_account_that_is_not_bootstrapped(settings: Settings) -> None:
    found = asked(LoggingAccount(bootstrap_version=None), settings).diagnosis
    assert found.candidates[0].cause.id == "cdk_not_bootstrapped"


@pytest.mark.parametrize(
    "operation",
    [
        "describe_stacks",
        "describe_stack_events",
        "describe_endpoint",
        "describe_log_streams",
        "list_stack_resources",
        "list_service_quotas",
    ],
)
def test_what_may_not_be_seen_is_said(
    account: LoggingAccount, settings: Settings, operation: str
) -> None:
    failed(account)
    account.failures[operation] = client_error("AccessDeniedException", "no")
    found = asked(account, settings).diagnosis
    assert any("AWS refused" in line for line in found.unseen)


def test_without_credentials(settings: Settings) -> None:
    class NoAccount(FakeAccount):
        def account(self) -> str:
            raise NoCredentials("There are no AWS credentials here.")

    found = asked(NoAccount(), settings).diagnosis
    assert found.candidates[0].cause.id == "expired_sso_credentials"
    assert found.unseen == ("All of AWS: There are no AWS credentials here.",)


# --- Following, the twin -----------------------------------------------------------


def test_following_tells_events_and_lines(account: LoggingAccount, settings: Settings) -> None:
    account.statuses = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    account.events = [event("CREATE_IN_PROGRESS", "Endpoint")]
    account.lines = ["loading\x1b[2J hf_abcdefghijkl"]
    events: list[str] = []
    lines: list[str] = []
    follower = Follower(
        account,  # type: ignore[arg-type]
        settings.stack_name,
        "group",
        lambda e: events.append(e.status),
        lines.append,
        lambda _: None,
    )
    assert follower.follow() == "CREATE_COMPLETE"
    assert events == ["CREATE_IN_PROGRESS"]
    assert lines == ["loading [masked]"]


def test_following_outlasts_a_network_that_is_gone_for_a_while(
    account: LoggingAccount, settings: Settings
) -> None:
    account.statuses = ["CREATE_COMPLETE"]
    account.failures["describe_stacks"] = EndpointConnectionError(endpoint_url="x")
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            del account.failures["describe_stacks"]

    def nothing(_: object) -> None:
        """Nobody listens."""

    follower = Follower(
        account,  # type: ignore[arg-type]
        settings.stack_name,
        "group",
        nothing,
        nothing,
        nap,
    )
    assert follower.follow() == "CREATE_COMPLETE"
    assert len(naps) == 3
    account.failures["describe_stacks"] = EndpointConnectionError(endpoint_url="x")
    with pytest.raises(Unreachable):
        follower.follow()


def test_the_command_follows(account: LoggingAccount, settings: Settings) -> None:
    account.events = [event("CREATE_IN_PROGRESS", "Endpoint")]
    account.lines = ["loading"]
    out = io.StringIO()
    output = Output(as_json=False, stdout=out, stderr=io.StringIO())
    follow_stack(account, settings, output)  # type: ignore[arg-type]
    assert "          | loading\n" in out.getvalue()
    assert out.getvalue().endswith(f"Stack {settings.stack_name} is CREATE_COMPLETE.\n")


def test_requests_that_the_rules_refused_are_no_fault_of_the_twin(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.local_log.write_text(
        "12:00:00 POST /invoke  413  request_too_large  0.10 s\n"
        "12:00:01 POST /v1/chat/completions  429  insufficient_quota  0.00 s\n"
    )
    evidence = gather_twin(directory)
    assert evidence is not None
    assert not diagnose(evidence).candidates


def test_the_twins_log(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path / ".slm")
    assert gather_twin(directory) is None
    directory.path.mkdir()
    directory.model_log.write_text("llama_model_load: error loading model: failed to allocate\n")
    evidence = gather_twin(directory)
    assert evidence
    assert diagnose(evidence).candidates[0].cause.id == "gpu_oom_weights"
