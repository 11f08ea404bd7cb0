import pytest

from slm.operations.checks import NEEDED_TO_LOOK, DeployOptions
from slm.operations.preflight import DeployRefused, Preflight, preflight
from slm.settings import Settings, load_settings
from tests.unit.fake_account import FakeAccount
from tests.unit.fake_aws import client_error

DEFAULT = "ml.g4dn.2xlarge"


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def quota(instance_type: str, value: float) -> dict[str, float]:
    return {"another for endpoint usage": 9.0, f"{instance_type} for endpoint usage": value}


def only(found: Preflight) -> str:
    """The one problem, as it is told."""
    (problem,) = found.problems
    assert found.notes == ()
    return f"{problem.what} {problem.remedy}"


def test_a_new_account_that_is_prepared(settings: Settings) -> None:
    found = preflight(FakeAccount(quotas=quota(DEFAULT, 1)), settings)
    assert found == Preflight((), ())
    found.refuse()


def test_not_bootstrapped(settings: Settings) -> None:
    account = FakeAccount(bootstrap_version=None, profile="ml-sage")
    words = only(preflight(account, settings))
    assert "eu-west-2 of this account is not bootstrapped" in words
    assert words.endswith("make bootstrap PROFILE=ml-sage REGION=eu-west-2")


def test_who_only_looks_needs_the_bootstrap_and_no_quota(settings: Settings) -> None:
    account = FakeAccount(bootstrap_version=None, quotas=quota(DEFAULT, 0))
    words = only(preflight(account, settings, checks=NEEDED_TO_LOOK))
    assert words.endswith("make bootstrap REGION=eu-west-2")


def test_every_remedy_names_another_stack() -> None:
    account = FakeAccount(bootstrap_version=None, stack_name="Mine", statuses=["UPDATE_FAILED"])
    bootstrap, state = preflight(account, load_settings(stack_name="Mine")).problems
    assert "STACK=Mine" in bootstrap.remedy
    assert "make deploy REGION=eu-west-2 STACK=Mine ARGS=--no-rollback" in state.remedy


def test_bootstrapped_long_ago(settings: Settings) -> None:
    words = only(preflight(FakeAccount(bootstrap_version="5"), settings))
    assert "version 5; 6 is needed" in words


def test_problems_are_told_at_once(settings: Settings) -> None:
    account = FakeAccount(bootstrap_version=None, quotas=quota(DEFAULT, 0))
    with pytest.raises(DeployRefused) as refusal:
        preflight(account, settings).refuse()
    first, second, last = refusal.value.message.split("\n")
    assert "Do: make bootstrap" in first
    assert "Do: aws service-quotas request-service-quota-increase" in second
    assert last == "Nothing was created."


def test_no_quota(settings: Settings) -> None:
    account = FakeAccount(quotas=quota(DEFAULT, 0), profile="ml-sage")
    words = only(preflight(account, settings))
    assert words.endswith(" --profile ml-sage")
    assert f'"{DEFAULT} for endpoint usage" is 0, and 1 are needed.' in words
    assert "--service-code sagemaker --quota-code L-1 --desired-value 1 --region eu-wes" in words


def test_a_new_fleet_beside_the_old_one(settings: Settings) -> None:
    account = FakeAccount(quotas=quota(DEFAULT, 1))
    account.deploy(settings)
    assert preflight(account, settings).problems == ()  # nothing changes
    changed = load_settings(max_total_tokens=2048, max_input_tokens=1024)
    words = only(preflight(account, changed))
    assert "is 1, and 2 are needed (1 old and 1 new at once)" in words
    assert "make deploy REGION=eu-west-2 ARGS=--stop-first" in words
    assert preflight(account, changed, DeployOptions(stopped_first=True)).problems == ()


def test_another_instance_type_has_a_quota_of_its_own(settings: Settings) -> None:
    account = FakeAccount(quotas=quota("ml.g5.xlarge", 0))
    account.deploy(settings)
    words = only(preflight(account, load_settings(instance_type="ml.g5.xlarge")))
    assert "is 0, and 1 are needed." in words
    assert "--stop-first" not in words


def test_a_deploy_while_stopped_starts_no_fleet(settings: Settings) -> None:
    account = FakeAccount(quotas=quota(DEFAULT, 0), statuses=["UPDATE_COMPLETE"])
    account.parameters["EndpointRunning"] = "false"
    assert preflight(account, settings).problems == ()


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("UPDATE_IN_PROGRESS", "Wait until that is done"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Wait until that is done"),
        ("ROLLBACK_FAILED", "make destroy REGION=eu-west-2"),
        ("CREATE_FAILED", "make destroy REGION=eu-west-2"),
        ("UPDATE_FAILED", "rollback-stack --stack-name SlmSagemakerStack"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name SlmSagemakerStack"),
    ],
)
def test_a_stack_that_takes_no_deploy(settings: Settings, status: str, remedy: str) -> None:
    words = only(preflight(FakeAccount(statuses=[status]), settings))
    assert f"Stack SlmSagemakerStack is {status}." in words
    assert remedy in words


def test_a_stack_that_was_rolled_back_is_replaced(settings: Settings) -> None:
    found = preflight(FakeAccount(statuses=["ROLLBACK_COMPLETE"]), settings)
    assert found.problems == ()
    assert found.notes == ("The stack was rolled back; what is left of it is deleted first.",)


def test_a_change_set_that_was_never_executed_is_no_stack(settings: Settings) -> None:
    assert preflight(FakeAccount(statuses=["REVIEW_IN_PROGRESS"]), settings) == Preflight((), ())


def test_an_update_that_was_kept_can_be_gone_on_with(settings: Settings) -> None:
    account = FakeAccount(statuses=["UPDATE_FAILED"])
    assert preflight(account, settings, DeployOptions(keep_failed=True)).problems == ()


def test_an_endpoint_of_somebody_else(settings: Settings) -> None:
    account = FakeAccount()
    account.deploy(settings)
    account.statuses = []
    words = only(preflight(account, settings))
    assert "an endpoint SlmSagemakerStack-endpoint already" in words
    assert "aws sagemaker delete-endpoint --endpoint-name SlmSagemakerStack-endpoint" in words


def test_another_instance_for_an_endpoint_that_scales(settings: Settings) -> None:
    account = FakeAccount(scaled=True)
    account.deploy(settings)
    changed = load_settings(instance_type="ml.g5.xlarge")
    words = only(preflight(account, changed))
    assert f"{DEFAULT} to ml.g5.xlarge" in words
    assert "ARGS=--stop-first" in words
    assert f"SLM_AUTOSCALING_MAX_INSTANCE_COUNT=0 SLM_INSTANCE_TYPE={DEFAULT} make" in words
    assert preflight(account, changed, DeployOptions(stopped_first=True)).problems == ()
    assert preflight(account, settings).problems == ()


def test_what_may_not_be_asked_is_a_note(settings: Settings) -> None:
    denied = client_error("AccessDeniedException", "not authorized to perform ListServiceQuotas")
    found = preflight(FakeAccount(failures={"list_service_quotas": denied}), settings)
    assert found.problems == ()
    (note,) = found.notes
    assert note.startswith("Not checked: the instance quota. AWS refused")
    assert "ListServiceQuotas" in note


def test_a_model_that_cannot_fit() -> None:
    settings = load_settings(quantize="")
    words = only(preflight(FakeAccount(), settings))
    assert "The model will not run as it is set: " in words
    assert "T4" in words
    assert 'instance_type = "ml.' in words
    assert "make deploy REGION=eu-west-2 ARGS=--ignore-plan" in words
    assert preflight(FakeAccount(), settings, DeployOptions(ignore_plan=True)).problems == ()
