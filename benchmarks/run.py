"""``make bench``: measure everything, then write the report.

``python -m benchmarks.run [--short] [--fresh] [SECTION ...]``. An interrupted run goes on where it
stopped; ``--fresh`` begins anew.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import profile, sections, start
from benchmarks.processes import machine
from benchmarks.report import write_report
from benchmarks.results import RESULTS, Results
from slm.cli.exit_codes import INTERRUPTED

SECTIONS: Final[dict[str, Callable[[sections.Bench], None]]] = {
    "stub": sections.stub,
    "paced": sections.paced,
    "many": sections.many,
    "threads": sections.threads,
    "model": sections.model,
    "start": start.function,
    "commands": start.commands,
    "profile": profile.gateway,
}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--short", action="store_true", help="less of everything, in 3 minutes")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier run")
    options = parser.parse_args()
    # As people run it: what is imported is compiled by its first start, not by each.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    path = RESULTS.with_name("bench-short.json") if options.short else RESULTS
    if options.fresh:
        path.unlink(missing_ok=True)
    if results := Results.read(path):
        _say(f"Goes on with the run of {results.about['date']}; --fresh measures all anew.")
    else:
        results = Results(path, _about(short=options.short), [])
    plan = sections.SHORT if options.short else sections.FULL
    with tempfile.TemporaryDirectory(prefix="slm-bench-") as logs:
        bench = sections.Bench(results, plan, Path(logs), _say)
        for name in options.sections or SECTIONS:
            SECTIONS[name](bench)
    if not options.sections and not options.short:
        for file in write_report(results):
            _say(f"written: {file}")


def _about(*, short: bool) -> dict[str, str]:
    root = Path(__file__).parent
    portkey = root / "node_modules" / "@portkey-ai" / "gateway" / "package.json"
    pins = (root / "requirements.txt").read_text().splitlines()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": "make bench" + (" ARGS=--short" if short else ""),
        **machine(),
        "python": sys.version.partition(" ")[0],
        "litellm": next(pin for pin in pins if pin.startswith("litellm==")).partition("==")[2],
        "portkey": json.loads(portkey.read_text())["version"],
    }


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        print("Interrupted. Run it again to go on.", file=sys.stderr)
        sys.exit(INTERRUPTED)
