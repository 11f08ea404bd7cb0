"""Whether a stack's endpoint runs, what that costs, and when the clock will change it."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from slm.aws import Aws, AwsUnavailable, explained
from slm.operations.clock import Change, changes_to_come
from slm.operations.costs import FleetCost, fleet_cost
from slm.operations.fleet import deployed_fleet
from slm.operations.running import is_running
from slm.settings import Settings


@dataclass(frozen=True)
class Billing:
    """What a stack's endpoint costs.

    Attributes:
        stopped: Whether it was stopped.
        cost: What an hour costs; None while there is no endpoint.
        since: When the endpoint was made: each start makes it anew.
        usd_since: Dollars since then, had the fleet been the same all along; None without a
            price.
        changes: The next start and stop by the clock.
        notes: What could not be found out.
    """

    stopped: bool
    cost: FleetCost | None
    since: datetime | None
    usd_since: float | None
    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            **asdict(self),
            "since": self.since.isoformat() if self.since else None,
            "changes": [
                {"at": change.at.isoformat(), "running": change.running} for change in self.changes
            ],
        }


def billing(aws: Aws, settings: Settings, now: datetime) -> Billing:
    """What is known of it; what may not be asked is left out, with a note.

    Args:
        aws: The account and region.
        settings: The settings of a deployed stack.
        now: The time, with its zone.

    Raises:
        NotFound: There is no such stack.
        AwsUnavailable: AWS cannot be asked about the stack itself.
    """
    stopped = not is_running(aws, settings.stack_name)
    notes: list[str] = []
    cost, since = None, None
    changes: tuple[Change, ...] = ()
    try:
        fleet = deployed_fleet(aws, settings.resolved_endpoint_name)
        if fleet:
            cost = fleet_cost(fleet.instance_type, fleet.instance_count, aws.region)
            since = _made_at(aws, settings.resolved_endpoint_name)
    except AwsUnavailable as error:
        notes.append(error.message)
    try:
        changes = changes_to_come(aws, settings.stack_name, now)
    except AwsUnavailable as error:
        notes.append(error.message)
    spent = cost.since(since, now) if cost and since else None
    return Billing(stopped, cost, since, spent, changes, tuple(notes))


def hourly_cost(aws: Aws, settings: Settings) -> FleetCost:
    """What an hour costs of what is deployed, or of what a start would make of the settings.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    fleet = deployed_fleet(aws, settings.resolved_endpoint_name)
    if fleet:
        return fleet_cost(fleet.instance_type, fleet.instance_count, aws.region)
    return fleet_cost(settings.instance_type, settings.initial_instance_count, aws.region)


def _made_at(aws: Aws, endpoint_name: str) -> datetime:
    with explained(f"endpoint {endpoint_name}"):
        made = aws.sagemaker.describe_endpoint(EndpointName=endpoint_name)["CreationTime"]
    return made.astimezone(UTC)
