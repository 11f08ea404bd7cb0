import pytest

from slm.cli.named_stack import named_stack
from slm.settings import SettingsError


@pytest.mark.parametrize(("stack", "name"), [("Mine", "Mine"), (None, "Set"), ("", "Set")])
def test_an_option_wins_over_the_settings(
    monkeypatch: pytest.MonkeyPatch, stack: str | None, name: str
) -> None:
    monkeypatch.setenv("SLM_STACK_NAME", "Set")
    aws, settings = named_stack(stack, None, "eu-west-2")
    assert (aws.region, settings.stack_name) == ("eu-west-2", name)


def test_an_option_is_checked_as_a_setting_is() -> None:
    with pytest.raises(SettingsError, match=r"stack_name = 'no stack' \(an option\)"):
        named_stack("no stack", None, "eu-west-2")
