"""The same model on every instance of the list."""

from slm.planning.candidates import candidates
from slm.planning.plan import Plan, make_plan
from slm.planning.request import Request


def compare(request: Request) -> list[Plan]:
    """A plan for each, the cheapest first."""
    return [make_plan(candidate) for candidate in candidates(request)]
