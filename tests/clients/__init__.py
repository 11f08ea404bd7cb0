"""The clients that people use, unchanged, against the local twin (``make test-clients``).

They run in an environment of their own, ``.venv-clients``: nothing of this project is installed
there but what the standard library can run, and the twin is a process of ``.venv``.
"""
