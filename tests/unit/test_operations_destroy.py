import pytest

from slm.operations.destroy import destroy, remains
from slm.operations.leftovers import Leftovers, find_leftovers, remove
from slm.operations.running import NotPossibleNow
from slm.settings import Settings, load_settings
from tests.unit.fake_account import FakeAccount

STACK = "SlmSagemakerStack"
MINE = {"slm:stack": STACK}


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def account(settings: Settings) -> FakeAccount:
    account = FakeAccount(
        keys=[
            {"id": "first", "name": "of the template", "tags": MINE},
            {"id": "second", "name": "alice", "tags": MINE},
            {"id": "third", "name": "other", "tags": {"slm:stack": "Other"}},
            {"id": "fourth"},
        ],
        resources=["first", "start"],
        schedules={"start": {}, "key-alice-ends": {}},
    )
    account.deploy(settings)
    return account


def test_what_the_template_does_not_know(account: FakeAccount) -> None:
    found = find_leftovers(account, STACK)
    assert found == Leftovers({"second": "alice"}, ("key-alice-ends",))
    assert found
    assert not Leftovers({}, ())


def test_everything_goes(account: FakeAccount, settings: Settings) -> None:
    destroy(account, settings, find_leftovers(account, STACK), lambda event: None)
    assert [key["id"] for key in account.keys] == ["first", "third", "fourth"]
    assert account.schedules == {"start": {}}
    operations = [name for name, _ in account.calls]
    assert operations.index("delete_api_key") < operations.index("delete_stack")
    account.keys, account.schedules, account.statuses = [], None, []
    assert remains(account, settings) == ()


def test_what_is_gone_already_is_no_failure(account: FakeAccount) -> None:
    remove(account, STACK, Leftovers({"no-such-key": "x"}, ("no-such-schedule",)))


def test_leftovers_without_a_stack(account: FakeAccount, settings: Settings) -> None:
    account.statuses = []
    found = find_leftovers(account, STACK)
    assert set(found.keys) == {"first", "second"}
    destroy(account, settings, found, lambda event: None)
    assert account.called("delete_stack") == []
    assert [key["id"] for key in account.keys] == ["third", "fourth"]


@pytest.mark.parametrize(
    "status", ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "REVIEW_IN_PROGRESS"]
)
def test_a_creation_need_not_be_waited_for(
    account: FakeAccount, settings: Settings, status: str
) -> None:
    account.statuses = [status]
    destroy(account, settings, Leftovers({}, ()), lambda event: None)
    assert account.called("delete_stack")


def test_an_update_must_be_waited_for(account: FakeAccount, settings: Settings) -> None:
    account.statuses = ["UPDATE_IN_PROGRESS"]
    with pytest.raises(NotPossibleNow, match="Wait until that is done"):
        destroy(account, settings, find_leftovers(account, STACK), lambda event: None)
    assert len(account.keys) == 4


def test_a_protected_stack_keeps_its_keys(account: FakeAccount, settings: Settings) -> None:
    account.protected = True
    with pytest.raises(NotPossibleNow, match="update-termination-protection --no-enable"):
        destroy(account, settings, find_leftovers(account, STACK), lambda event: None)
    assert len(account.keys) == 4


def test_what_is_left_is_told_with_its_remedy(account: FakeAccount, settings: Settings) -> None:
    group = f"/aws/sagemaker/Endpoints/{STACK}-endpoint"
    account.log_groups = [group, f"{group}-other"]
    endpoint, log_group, key, schedule = remains(account, settings)
    assert "which is billed: aws sagemaker delete-endpoint" in endpoint
    assert log_group.endswith(f"delete-log-group --log-group-name {group} --region eu-west-2")
    assert key.startswith("API key alice (second)")
    assert schedule.startswith("schedule key-alice-ends")
