"""The same model on every instance of the list."""

from slm.planning.candidates import candidates
from slm.planning.plan import Plan, make_plan
from slm.planning.regions import region_notes
from slm.planning.request import Request


def compare(request: Request) -> list[Plan]:
    """A plan for each, the cheapest first."""
    return [make_plan(candidate) for candidate in candidates(request)]


def comparison_notes(plans: list[Plan]) -> list[str]:
    """What the prices of a comparison are worth in its region."""
    families: dict[str, dict[str, None]] = {}
    for plan in plans:
        if plan.price:
            families.setdefault(plan.price.region, {})[plan.request.family] = None
    return [
        note
        for priced, named in families.items()
        for note in region_notes(named, priced, plans[0].request.region)
    ]
