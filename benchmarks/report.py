"""``docs/performance.md`` and its pictures, of nothing but what was measured."""

from pathlib import Path
from typing import Final

from benchmarks import tables
from benchmarks.figures import Figures
from benchmarks.pictures import pictures
from benchmarks.results import Results
from benchmarks.sections import MANY_STREAMS, PACE_MS, PACED_ANSWERS
from benchmarks.verdicts import verdicts

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "performance.md"
IMAGES: Final = ROOT / "docs" / "images"

_PAGE: Final = """# Performance

What the gateway and the local twin cost, next to a bare llama.cpp server and to other gateways.
This page is written by `{command}`: every figure and picture comes from one run of it, in which
all contenders took turns.

{about}

## In short

{verdicts}

## A model that answers at once

One process each in front of a stub that gives 32 tokens immediately. This shows what a gateway
costs by itself. Median of {rounds} rounds.

![Whole answers a second](images/performance-stub-whole.svg)

![Streams a second](images/performance-stub-streamed.svg)

{stub}

## A model that takes its time

The same with {pace} ms between tokens, as a small model on a GPU. *Twin* is the laptop's whole
chain: local API Gateway, gateway, SageMaker runtime, container front. *Added* is the difference to
asking the stub directly. Each client asks {answers} times. All begin together, and the twin takes
them one after another: that is most of what its tokens/s lose with many clients. Between tokens it
adds next to nothing.

![CPU time per token](images/performance-cpu.svg)

{paced}

## {many_streams} open streams

Each at 10 tokens a second, every token checked for its place.

{many}

## A real model

SmolLM2-135M (the model of `make local`), 16 slots, 32 tokens an answer. llama.cpp runs alone with
its best setting of the table below; the twin runs as `slm local` starts it. Requests, prompts and
lengths of the answers are the same for all; an answer that the model *ended early* is named, for
its prompt was as much work.

llama.cpp computes on both cores, so what the twin's chain takes for a token it takes from the
model, and more than that: while one compute thread waits for its core, the others wait for it
([where the time goes](#where-the-time-goes)).

![Tokens a second, streamed](images/performance-model.svg)

{model}

### Threads

llama.cpp alone, tokens a second of streams. A thread that spins while it waits for the others keeps
its processor from the processes around it; one that sleeps at once wakes late. The twin takes two
threads on two cores and lets them spin shortly (`slm/local/model_server_process.py`).

{threads}

## The Lambda function

Started by its own `run.sh` in turns with `import boto3; boto3.client("sagemaker-runtime")`, and
asked over HTTP as the Lambda Web Adapter asks. The adapter's own binary is not in the measurement.

{start}

Of boto3 nothing is imported, of botocore what signs a request and reads an event stream: with the
first call, and `/health` makes one, so that both are in the figures. The rest of botocore is loaded
only where credentials are not in the environment. TLS is set up by the first call over https.

The function has 512 MiB. Memory alone would need far less (see the table: 4 MiB is the largest
body), but Lambda gives processor time by memory, a whole processor at 1,769 MiB: with 512 MiB a
request's CPU time above takes 3.5 times as long on the clock, with 256 MiB seven times, and a cold
start outside of Lambda's start-up boost likewise.

## Commands

{commands}

## Where the time goes

{profile}

The gateway's CPU time while it streams to 16 clients at {pace} ms a token, by samples of its stack:

{shares}

## How it is measured

- `{command}` runs everything and goes on where it was interrupted; `make bench ARGS=--short` takes
  three minutes; `make bench ARGS=--fresh` begins anew. The figures are in
  `benchmarks/results/bench.json`.
- `slm bench --url ... ` puts the same load on any deployment; see `slm bench --help`.
- A closed loop: each client asks again when it has its answer. The load generator is ours
  (`slm/bench`): it costs {client_cpu} µs of CPU for a stream of 32 tokens that come together.
  `guidellm` and `aiperf` were left out: both run several worker processes with tokenizers and data
  sets of their own, which on two cores would compete with what is measured; neither lets several
  servers take turns, nor reads their CPU time and memory.
- Portkey runs with `@hono/node-server` 1.13: with the newest one its streams end in an error.
"""


def write_report(results: Results, *, page: Path = PAGE, images: Path = IMAGES) -> list[Path]:
    """Write page and pictures; the files.

    Args:
        results: What was measured.
        page: The page.
        images: Folder of the pictures.
    """
    figures = Figures(results)
    text = _PAGE.format(
        command=results.about["command"],
        about=tables.about(figures),
        verdicts=verdicts(figures),
        rounds=figures.rounds("stub"),
        stub=tables.stub(figures),
        pace=PACE_MS,
        answers=PACED_ANSWERS,
        paced=tables.paced(figures),
        many_streams=MANY_STREAMS,
        many=tables.many(figures),
        model=tables.model(figures),
        threads=tables.threads(figures),
        start=tables.start(figures),
        commands=tables.commands(figures),
        profile=tables.hops(figures),
        shares=tables.shares(figures),
        client_cpu=tables.client_cpu(figures),
    )
    images.mkdir(exist_ok=True)
    files = [page]
    page.write_text(text)
    for name, chart in pictures(figures).items():
        file = images / f"performance-{name}.svg"
        chart.write(file)
        files.append(file)
    return files
