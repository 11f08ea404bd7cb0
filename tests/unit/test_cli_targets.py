from pathlib import Path

import pytest

from slm.cli.targets import choose_target
from slm.client import Target
from slm.errors import SlmError
from slm.local.state import StateDirectory
from slm.routes import INVOKE
from slm.wrong_usage import WrongUsage
from tests.unit.fake_aws import FakeAws
from tests.unit.test_state import STATE


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / ".slm")


def chosen(
    directory: StateDirectory,
    environment: dict[str, str] | None = None,
    *,
    url: str | None = None,
    key_variable: str = "SLM_API_KEY",
    stack: str | None = None,
    profile: str | None = None,
    region: str | None = None,
) -> Target:
    return choose_target(
        url=url,
        key_variable=key_variable,
        stack=stack,
        profile=profile,
        region=region,
        environment=environment or {},
        directory=directory,
        clients=FakeAws(),
    )


def test_the_twin_of_the_folder(directory: StateDirectory) -> None:
    with directory.claim():
        directory.write(STATE)
        target = chosen(directory)
        assert (target.url, target.api_key) == (STATE.url, STATE.api_key)
        assert target.url_of(INVOKE) == f"{STATE.url}/invoke"
        assert str(directory.key_file) in target.if_refused


def test_without_any_it_says_what_to_do(directory: StateDirectory) -> None:
    with pytest.raises(SlmError, match=r"make local.*--stack.*SLM_URL and SLM_API_KEY"):
        chosen(directory)


def test_the_environment_comes_before_the_twin(directory: StateDirectory) -> None:
    with directory.claim():
        directory.write(STATE)
        target = chosen(directory, {"SLM_URL": "https://a.example/prod", "SLM_API_KEY": "k"})
    assert (target.url_of(INVOKE), target.api_key) == ("https://a.example/prod/invoke", "k")


def test_options_come_before_the_environment(directory: StateDirectory) -> None:
    environment = {"SLM_URL": "https://a.example", "SLM_API_KEY": "a", "MY_KEY": "b"}
    target = chosen(directory, environment, url="https://b.example", key_variable="MY_KEY")
    assert (target.url, target.api_key) == ("https://b.example", "b")
    assert chosen(directory, environment, stack="SlmSagemakerStack").name == (
        "Stack SlmSagemakerStack"
    )


@pytest.mark.parametrize("key", ["", "tab\tand\nnewline", "schlüssel"])
def test_an_url_needs_a_key_that_fits_a_header(directory: StateDirectory, key: str) -> None:
    with pytest.raises(SlmError, match="environment variable SLM_API_KEY"):
        chosen(directory, {"SLM_API_KEY": key}, url="https://a.example")


@pytest.mark.parametrize(
    "url",
    [
        "a.example",
        "ftp://a.example",
        "-",
        "http://",
        "http://[",
        "http://a:99999",
        "http://a:0",
        "https:///invoke",
    ],
)
def test_an_url_that_is_none(directory: StateDirectory, url: str) -> None:
    with pytest.raises(WrongUsage, match="no URL of an API"):
        chosen(directory, {"SLM_API_KEY": "k"}, url=url)


def test_a_deployed_stack(directory: StateDirectory) -> None:
    target = chosen(directory, stack="SlmSagemakerStack")
    assert target.url_of(INVOKE) == "https://api.example/prod/invoke"
    assert target.api_key == "value-of-key-id"


def test_a_profile_or_region_means_the_stack_of_the_settings(
    directory: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen(directory, profile="ml-sage").name == "Stack SlmSagemakerStack"
    monkeypatch.setenv("SLM_STACK_NAME", "Other")
    with pytest.raises(SlmError, match="no stack Other"):
        chosen(directory, region="eu-west-2")


def test_two_places_at_once(directory: StateDirectory) -> None:
    with pytest.raises(WrongUsage, match="both named"):
        chosen(directory, url="https://a.example", stack="SlmSagemakerStack")
