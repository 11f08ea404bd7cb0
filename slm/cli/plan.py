"""``slm plan``: will it fit, how fast will it be, what will it cost?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.planning.ask import Question
    from slm.planning.plan import Plan


def plan(
    *,
    model: Annotated[
        str | None, typer.Option(help="Hub id, a model's folder, or a GGUF file.")
    ] = None,
    model_config: Annotated[
        Path | None, typer.Option(help="A config.json, for a model that is not in the catalog.")
    ] = None,
    quantize: Annotated[
        str | None, typer.Option(help="Format of the weights: none, bitsandbytes-nf4, awq, fp8 ...")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="tgi, vllm or llama.cpp.")] = None,
    engine_version: Annotated[
        str, typer.Option(help="Version of it, for figures of an older one; by default the newest.")
    ] = "",
    instance: Annotated[str | None, typer.Option(help="SageMaker instance.")] = None,
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
    region: Annotated[str | None, typer.Option(help="AWS region, for the price.")] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Every instance, the cheapest that fits marked.")
    ] = False,
    chart: Annotated[
        Path | None, typer.Option(help="With --compare: draw cost against throughput (SVG).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Plan what the settings deploy, or what the options name instead.

    Asks nobody: figures come from the catalog and from formulas that docs/planning.md derives.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.planning.ask import Question

        given = Question(
            model=model or "",
            model_config=model_config,
            quantize=quantize,
            engine=engine or "",
            engine_version=engine_version,
            instance=instance or "",
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
            region=region or "",
        )
        if compare:
            _compare(_completed(given), chart, output)
        else:
            _plan(given, output)


def _completed(given: "Question") -> "Question":
    """What the options leave out comes from the settings."""
    from dataclasses import replace

    from slm.planning.plan import DEFAULT_REGION
    from slm.settings import load_settings

    region = given.region or DEFAULT_REGION
    if given.model and given.engine and (given.instance or given.gpu or given.gpu_memory_gib):
        return replace(given, region=region)
    settings = load_settings()
    hardware = given.instance or given.gpu or given.gpu_memory_gib
    own = not given.model or given.model == settings.hf_model_id
    name = f"{settings.hf_model_id} {settings.gguf_file}".strip()
    return replace(
        given,
        model=given.model or (name if settings.gguf_file else settings.hf_model_id),
        engine=given.engine or settings.engine,
        quantize=(
            settings.quantize or None
            if own and given.quantize is None and not given.engine
            else given.quantize
        ),
        instance=given.instance if hardware else settings.instance_type,
        context=given.context or (settings.max_total_tokens if own else None),
        region=region,
        token=bool(settings.hf_token_secret or settings.hf_token_parameter),
    )


def _plan(given: "Question", output: Output) -> None:
    from slm.planning.ask import request_of
    from slm.planning.plan import make_plan
    from slm.planning.report import report

    if given.model and given.engine:
        result = make_plan(request_of(_completed(given)))
    else:
        from slm.planning.cost import Usage, rest_of_stack
        from slm.settings import load_settings

        settings = load_settings()
        result = make_plan(
            request_of(_completed(given)),
            usage=Usage.from_settings(settings),
            rest=rest_of_stack(settings),
            web_acl=bool(settings.waf_rate_limit),
        )
    if output.as_json:
        output.result(report(result))
    else:
        from slm.cli.plan_words import tell

        tell(result, output)


def _compare(question: "Question", chart: Path | None, output: Output) -> None:
    from slm.planning.ask import request_of
    from slm.planning.compare import compare
    from slm.planning.report import report

    plans = compare(request_of(question))
    if chart:
        from slm.planning.chart import write_chart

        write_chart(plans, chart)
    if output.as_json:
        output.result({"plans": [report(plan) for plan in plans]})
    else:
        _tell_table(plans, chart, output)


def _tell_table(plans: "list[Plan]", chart: Path | None, output: Output) -> None:
    from slm.cli.plan_words import table

    output.line(f"{plans[0].request.shape.name}, {plans[0].request.engine}", "bold")
    for line, style in table(plans):
        output.line(line, style)
    if chart:
        output.line(f"The picture is in {chart}.")
