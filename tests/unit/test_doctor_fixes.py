"""A fix is for the engine at hand."""

import re
from typing import Final

import pytest

from slm.commands import Commands
from slm.doctor.answer import Place
from slm.doctor.knowledge import CAUSES
from slm.doctor.model import Cause
from slm.engines import ENGINES

OPTIONS: Final = {
    "tgi": r"bitsandbytes-nf4|eetq|MAX_BATCH_|`DTYPE|TOKENIZER_CONFIG_PATH|`TRUST_REMOTE_CODE|TGI",
    "vllm": r"SM_VLLM_|vLLM",
    "llama.cpp": r"SM_LLAMA_CPP_|gguf|GGUF",
}
"""Engine -> what belongs to it alone."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_a_fix_names_no_option_of_another_engine(cause: Cause, engine: str) -> None:
    fix = cause.fix_with(engine)
    for other in ENGINES.keys() - {engine}:
        assert not re.search(OPTIONS[other], fix)
    for value in re.findall(r'`quantize = "(.*?)"`', fix):
        assert value in ENGINES[engine].quantize_values


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_where_the_engine_is_unknown_each_is_named(cause: Cause) -> None:
    fix = cause.fix_with("")
    assert fix.startswith(cause.fix)
    assert all(f"With {engine}: {words}" in fix for engine, words in cause.fix_for.items())
    assert cause.fix_for.keys() <= ENGINES.keys()


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_commands_of_a_fix_are_filled_in(cause: Cause) -> None:
    place = Place.of("Stack", "Endpoint", Commands(region="eu-west-2"))
    assert not re.search(r"\{\w+\}", place.fill(cause.fix_with("")))


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_commands_about_a_stack_name_its_account_and_region(cause: Cause) -> None:
    """Those with a place to fill in are pasted; the others name what the reader must fill in."""
    place = Place.of("Other", "Endpoint", Commands("work", "eu-west-2", "Other"))
    for command in re.findall(r"`((?:make|slm|aws) [^`]*)`", place.fill(cause.fix_with(""))):
        if "Endpoint" in command or "Other" in command or command.startswith("make"):
            assert "work" in command, command
            assert "eu-west-2" in command, command
