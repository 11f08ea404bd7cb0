"""The same model on every instance of the list."""

from collections.abc import Iterator
from dataclasses import replace

from slm.instances import catalog, price_of
from slm.planning.errors import PlanError
from slm.planning.hardware import gpus_of_instance
from slm.planning.plan import Plan, Request, make_plan


def candidates(request: Request) -> Iterator[Request]:
    """The request on each instance with a price and an NVIDIA GPU, the cheapest first."""
    priced = []
    for name, instance in catalog().items():
        price = price_of(name, request.region)
        if price and instance.compute_capability:
            priced.append((price.usd_per_hour, name))
    for _, name in sorted(priced):
        try:
            gpus = gpus_of_instance(name)
        except PlanError:
            continue
        yield replace(request, gpus=gpus, instance_type=name)


def compare(request: Request) -> list[Plan]:
    """A plan for each, the cheapest first."""
    return [make_plan(candidate) for candidate in candidates(request)]
