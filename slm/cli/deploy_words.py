"""What ``slm deploy`` says at the end: how to use what was deployed, its cost, how to stop that."""

from collections.abc import Mapping

from slm import stack_outputs
from slm.aws import Aws
from slm.cli.render import Output
from slm.commands import Commands
from slm.operations.billing import hourly_cost
from slm.operations.running import is_running
from slm.settings import Settings


def tell_outputs(aws: Aws, settings: Settings, outputs: Mapping[str, str], output: Output) -> None:
    """Say it.

    Args:
        aws: The account and region.
        settings: What was deployed.
        outputs: The stack's outputs.
        output: Where to speak.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    output.line()
    get_key = outputs.get(stack_outputs.GET_API_KEY_COMMAND, "")
    for label, name in (
        ("Playground", stack_outputs.API_GATEWAY_URL),
        ("OpenAI", stack_outputs.OPENAI_BASE_URL),
        ("API key", stack_outputs.GET_API_KEY_COMMAND),
        ("Try it", stack_outputs.EXAMPLE_CURL_COMMAND),
    ):
        if name in outputs:
            words = outputs[name]
            if aws.profile and get_key:
                words = words.replace(get_key, f"{get_key} --profile {aws.profile}")
            output.fact(label, words)
    commands = Commands.of(aws, settings.stack_name)
    cost = hourly_cost(aws, settings)
    if is_running(aws, settings.stack_name):
        output.fact("Cost", f"{cost}, for as long as it runs")
        output.fact("Stop it", commands.make("stop"))
        output.fact("Check it", commands.make("smoke"))
    else:
        output.fact("Stopped", f"as it was before. Start it: {commands.make('start')}")
        output.fact("Cost", f"nothing by the hour; once started {cost}")
