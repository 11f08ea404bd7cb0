"""The same request on other instances."""

from collections.abc import Iterator
from dataclasses import replace

from slm.instances import catalog, price_of
from slm.planning.errors import PlanError
from slm.planning.hardware import gpus_of_instance
from slm.planning.request import Request


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
