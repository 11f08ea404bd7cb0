"""``slm plan``: will it fit, how fast will it be, what will it cost?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.planning.ask import Question


def plan(
    *,
    model: Annotated[str, typer.Option(help="Hub id, a model's folder, or a GGUF file.")] = "",
    model_config: Annotated[
        Path | None, typer.Option(help="A config.json, for a model that is not in the catalog.")
    ] = None,
    shape: Annotated[
        str, typer.Option(help='Its numbers by hand: "num_hidden_layers=32 hidden_size=4096 ...".')
    ] = "",
    hub: Annotated[
        bool, typer.Option("--hub", help="Ask the Hub for a model that is not in the catalog.")
    ] = False,
    quantize: Annotated[
        str | None, typer.Option(help="Format of the weights: none, bitsandbytes-nf4, awq, fp8 ...")
    ] = None,
    engine: Annotated[str, typer.Option(help="tgi, vllm or llama.cpp.")] = "",
    engine_version: Annotated[
        str, typer.Option(help="Version of it, for figures of an older one; by default the newest.")
    ] = "",
    instance: Annotated[str, typer.Option(help="SageMaker instance.")] = "",
    gpu: Annotated[str, typer.Option(help="A GPU by its name, instead of an instance.")] = "",
    gpus: Annotated[int | None, typer.Option(help="How many GPUs.")] = None,
    gpu_memory_gib: Annotated[
        float | None, typer.Option(help="What a process sees of each GPU.")
    ] = None,
    context: Annotated[
        int | None, typer.Option(help="Prompt and answer together, in tokens.")
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Requests at the same time.")] = 1,
    input_tokens: Annotated[int | None, typer.Option(help="Length of a prompt.")] = None,
    output_tokens: Annotated[int | None, typer.Option(help="Length of an answer.")] = None,
    kv_cache_dtype: Annotated[str, typer.Option(help="auto or fp8.")] = "auto",
    dtype: Annotated[str, typer.Option(help="float16 or bfloat16; by default what fits.")] = "",
    gpu_memory_utilization: Annotated[
        float | None,
        typer.Option(help="Part of the GPU that the engine uses."),
    ] = None,
    region: Annotated[str, typer.Option(help="AWS region, for the price.")] = "",
    compare: Annotated[
        bool, typer.Option("--compare", help="Every instance, the cheapest that fits marked.")
    ] = False,
    chart: Annotated[
        Path | None, typer.Option(help="With --compare: draw cost against throughput (SVG).")
    ] = None,
    live_prices: Annotated[
        bool, typer.Option("--live-prices", help="Ask AWS for today's price; needs credentials.")
    ] = False,
    quota: Annotated[
        bool, typer.Option("--quota", help="Ask AWS how many instances the account may have.")
    ] = False,
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell if a model fits, how fast it is, what it costs.

    Plans what the settings deploy, or what the options name instead. Asks nobody unless told to:
    figures come from the catalog and from formulas that docs/planning.md derives. A plan of what
    does not fit is a plan too, with status 0: "fits" of --json tells.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.planning.ask import Question
        from slm.planning.errors import PlanError

        about_one = {
            "--instance": instance,
            "--gpu": gpu,
            "--gpus": gpus,
            "--gpu-memory-gib": gpu_memory_gib,
            "--live-prices": live_prices,
            "--quota": quota,
        }
        refused = ", ".join(option for option, value in about_one.items() if value)
        if compare and refused:
            raise PlanError(f"--compare plans every instance: leave out {refused}.")
        if chart and not compare:
            raise PlanError("--chart draws a comparison: add --compare.")
        given = Question(
            model=model,
            model_config=model_config,
            shape=shape,
            hub=hub,
            quantize=quantize,
            engine=engine,
            engine_version=engine_version,
            instance=instance,
            gpu=gpu,
            gpus=gpus,
            gpu_memory_gib=gpu_memory_gib,
            context=context,
            concurrency=concurrency,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            kv_cache_dtype=kv_cache_dtype,
            dtype=dtype,
            memory_share=gpu_memory_utilization,
            region=region,
        )
        if compare:
            _compare(given, chart, output)
        else:
            _plan(given, output, live_prices=live_prices, quota=quota, profile=profile)


def _plan(
    given: "Question", output: Output, *, live_prices: bool, quota: bool, profile: str | None
) -> None:
    from slm.planning.answer import answer
    from slm.planning.report import report

    found = answer(given, live_prices=live_prices, quota=quota, profile=profile)
    if output.as_json:
        output.result(report(found.plan, found.quota))
    else:
        from slm.cli.plan_words import tell

        tell(found.plan, output, found.quota)


def _compare(given: "Question", chart: Path | None, output: Output) -> None:
    from slm.planning.answer import completed_request
    from slm.planning.compare import compare
    from slm.planning.report import report

    plans = compare(completed_request(given))
    if chart:
        from slm.planning.chart import write_chart

        write_chart(plans, chart)
    if output.as_json:
        output.result({"plans": [report(plan) for plan in plans]})
    else:
        from slm.cli.plan_words import tell_table

        tell_table(plans, chart, output)
