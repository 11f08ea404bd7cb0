"""``python -m slm.cli`` is the ``slm`` command."""

from slm.cli import main

main()
