"""``docs/troubleshooting.md``, written from the knowledge: ``make docs-troubleshooting``."""

import sys
from collections.abc import Iterator
from typing import Final

from slm.doctor.answer import Place
from slm.doctor.knowledge import FAMILIES
from slm.doctor.model import Cause, Phase

_HEAD: Final = """# Troubleshooting

<!-- Written by `make docs-troubleshooting` from slm/doctor/knowledge. Change it there. -->

`slm doctor` finds the cause and the fix by itself. It changes nothing.

```bash
slm doctor                      # the stack of slm.toml, and the twin of this folder
slm doctor --stack MyStack --region eu-west-2
slm doctor --follow             # watch a deploy under way, then say why it failed
slm doctor --from container.log # a log, a message, or what the CDK printed; - reads standard input
slm doctor --from case.json --json
```

A deploy or a start that fails ends in its answer. It reads the stack's events, the endpoint and
its configuration, the logs of container, function and API, the bootstrap, the quota, and the
model's page on the Hub; what it may not see, it says. Tokens and keys in what it quotes are masked.

The exit status is 0 when it could look, whatever it found, and 1 when it could not, or could not
see the stack that `--stack` names.

`--json` prints `causes`, the most likely first: `id`, `confidence` (0 to 1), `title`, `evidence`
and `fix`. It is empty where nothing wrong was found. `--from` takes an object too, with
`failure_reason`, `log_lines`, `cfn_reason`, `http` and `context`; each may be missing. It also
takes what these print, as JSON: `aws logs get-log-events`, `filter-log-events` and
`get-query-results`, `aws cloudformation describe-stack-events` and `describe-stacks`,
`aws sagemaker describe-endpoint`.

How sure it is: 0.8 and more, the evidence names the cause; about 0.5, it fits and others do, too;
below 0.4, no message is known, and what failed only uses the words of this cause: a guess, after
which doctor says what to attach to a question.
The same words can have different causes: an out-of-memory error before the warm-up is about the
weights, in it about the context, after it about the load.

## `did not pass the ping health check`

SageMaker says no more than this where a container does not come up. The cause stands in the
container's log. Each of these can be it:

"""

_MORE: Final = """
`Ping failed due to insufficient memory` is [`host_oom`](#host_oom): the instance's main memory.

A stack that was rolled back took the log with it. To keep what failed:
`make deploy ARGS=--no-rollback`.
"""


def document() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    causes = [cause for family in FAMILIES.values() for cause in family]
    starting = (cause for cause in causes if cause.phase is Phase.START)
    yield _HEAD + "\n".join(f"- [`{c.id}`](#{c.id}): {c.title}" for c in starting) + "\n" + _MORE
    for family, members in FAMILIES.items():
        yield f"## {family}\n"
        for cause in members:
            yield from _section(cause)


def _section(cause: Cause) -> Iterator[str]:
    place = Place()
    yield f"### {cause.id}\n"
    yield f"**{cause.title}** It strikes {cause.phase.value}.\n"
    yield f"{cause.explanation}\n"
    yield f"- **What speaks against it:** {cause.against}"
    yield f"- **Fix:** {place.fill(cause.fix)}"
    for engine, fix in cause.fix_for.items():
        yield f"- **With {engine}:** {place.fill(fix)}"
    yield f"- **Sources:** {', '.join(f'<{source}>' for source in cause.sources)}\n"


if __name__ == "__main__":
    sys.stdout.write(document())
