"""Cloud assemblies, made in one process of ``.venv``: loading the CDK library takes longest.

``python -m tests.emulator.assemblies`` reads jobs as JSON from standard input, each a list of a
folder and the environment variables of its synthesis; what ``cdk synth`` would set is set.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

CDK_JSON: Final = Path("cdk.json")


def main() -> None:
    """Synthesize each job's settings into its folder."""
    from app import synthesize
    from slm.settings import load_settings

    context = json.loads(CDK_JSON.read_text())["context"]
    os.environ["CDK_CONTEXT_JSON"] = json.dumps(context)
    outer = dict(os.environ)
    for folder, variables in json.load(sys.stdin):
        os.environ.clear()
        os.environ.update(outer | variables)
        synthesize(load_settings(), folder)


if __name__ == "__main__":
    main()
