"""What an operator does with a stack: deploy, stop, start, check, feed, destroy.

Each module has one job and asks AWS through ``slm.aws``; the commands of ``slm.cli`` print what
they return.
"""
