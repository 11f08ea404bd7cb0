"""The ``slm`` command, which is ``python -m slm`` too."""

import signal


def main() -> None:
    """Load the command and run it.

    A Ctrl-C that comes while it is loaded ends the process as it ends one that is not written in
    Python: there is nothing to end in order yet, and nothing to say.
    """
    python_s_own = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if python_s_own:  # and not ignored, as in the background of a script
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from typer.main import get_command

    from slm.cli import main as app

    command = get_command(app)
    if python_s_own:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()


if __name__ == "__main__":
    main()
