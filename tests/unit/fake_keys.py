"""An AWS account with a stack's keys, as ``slm.keys.deployed`` sees it through ``slm.aws.Aws``."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from slm.stack_outputs import API_KEY_ID, KEY_SCHEDULES_ROLE_ARN
from tests.unit.fake_account import FakeClient
from tests.unit.fake_aws import client_error

STACK: Final = "Stack"
MINE: Final = {"slm:stack": STACK}
ROLE: Final = "arn:aws-cn:iam::123456789012:role/ends"
NOW: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)


def plan(name: str, tags: dict[str, str] | None = None) -> dict[str, Any]:
    """A usage plan."""
    return {
        "id": f"id-{name}",
        "name": f"{STACK}-{name}",
        "tags": MINE if tags is None else tags,
        "throttle": {"rateLimit": 2.0, "burstLimit": 5},
        "quota": {"limit": 100, "period": "WEEK"},
    }


@dataclass
class FakeKeys:
    """What is there, and what was asked.

    Attributes:
        profile: As ``Aws.profile``.
        region: As ``Aws.region``.
        outputs: The stack's outputs.
        keys: API keys.
        plans: Usage plans.
        members: Id of a plan -> ids of its keys.
        schedules: Name -> what it was made with.
        items: (key id, period) -> entry of the table of tokens; None without a table.
        usage: Key id -> used and remaining, day by day.
        resources: The stack's resources.
        events: What the log holds.
        failures: Operation -> what it raises.
        calls: Operations and their arguments, in order.
    """

    profile: str | None = None
    region: str = "eu-west-2"
    outputs: dict[str, str] = field(
        default_factory=lambda: {API_KEY_ID: "k0", KEY_SCHEDULES_ROLE_ARN: ROLE}
    )
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: list[dict[str, Any]] = field(
        default_factory=lambda: [plan("default"), plan("batch"), plan("b-default", tags={})]
    )
    members: dict[str, list[str]] = field(default_factory=dict)
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[tuple[str, str], dict[str, Any]] | None = None
    usage: dict[str, list[list[int]]] = field(default_factory=dict)
    resources: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._add("k0", {"name": "Made-by-CloudFormation", "tags": dict(MINE)})
        self._add("foreign", {"name": f"{STACK}-alice", "tags": {"slm:stack": "Other"}})
        self.members["id-default"] = ["k0"]

    @property
    def apigateway(self) -> Any:
        return FakeClient(self)

    scheduler = dynamodb = logs = cloudformation = apigateway

    def _add(self, key_id: str, key: dict[str, Any]) -> dict[str, Any]:
        made = NOW + timedelta(seconds=len(self.keys))
        self.keys[key_id] = key | {"id": key_id, "createdDate": made}
        return self.keys[key_id]

    def describe_stacks(self, *, StackName: str) -> Any:
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [{"Outputs": outputs}]}

    def get_api_keys(self) -> Any:
        return {"items": list(self.keys.values())}

    def get_usage_plans(self) -> Any:
        return {"items": self.plans}

    def get_usage_plan_keys(self, *, usagePlanId: str) -> Any:
        return {"items": [{"id": key_id} for key_id in self.members.get(usagePlanId, [])]}

    def create_api_key(self, *, value: str, enabled: bool, **key: Any) -> Any:
        assert enabled
        assert len(value) >= 20
        return self._add(f"k{len(self.calls)}", key)

    def delete_api_key(self, *, apiKey: str) -> None:
        if apiKey not in self.keys:
            raise client_error("NotFoundException", "Invalid API Key identifier specified")
        del self.keys[apiKey]
        for members in self.members.values():
            members[:] = [key_id for key_id in members if key_id != apiKey]

    def create_usage_plan_key(self, *, usagePlanId: str, keyId: str, keyType: str) -> None:
        if any(keyId in members for members in self.members.values()):
            raise client_error("ConflictException", "It is in a plan of this stage already.")
        self.members.setdefault(usagePlanId, []).append(keyId)

    def delete_usage_plan_key(self, *, usagePlanId: str, keyId: str) -> None:
        self.members[usagePlanId].remove(keyId)

    def tag_resource(self, *, resourceArn: str, tags: dict[str, str]) -> None:
        self.keys[self._key_of(resourceArn)]["tags"].update(tags)

    def untag_resource(self, *, resourceArn: str, tagKeys: list[str]) -> None:
        for name in tagKeys:
            self.keys[self._key_of(resourceArn)]["tags"].pop(name, None)

    def _key_of(self, arn: str) -> str:
        prefix = f"arn:aws-cn:apigateway:{self.region}::/apikeys/"
        assert arn.startswith(prefix)
        return arn.removeprefix(prefix)

    def get_usage(self, *, usagePlanId: str, keyId: str, startDate: str, endDate: str) -> Any:
        return {"items": {keyId: self.usage[keyId]} if keyId in self.usage else {}}

    def create_schedule(self, **schedule: Any) -> None:
        if schedule["Name"] in self.schedules:
            raise client_error("ConflictException", "It exists.")
        self.schedules[schedule["Name"]] = schedule

    def update_schedule(self, **schedule: Any) -> None:
        self.schedules[schedule["Name"]] = schedule

    def delete_schedule(self, *, GroupName: str, Name: str) -> None:
        if Name not in self.schedules:
            raise client_error("ResourceNotFoundException", "It does not exist.")
        del self.schedules[Name]

    def _table(self) -> dict[tuple[str, str], dict[str, Any]]:
        if self.items is None:
            raise client_error("ResourceNotFoundException", "Requested resource not found")
        return self.items

    def put_item(self, *, TableName: str, Item: dict[str, Any]) -> None:
        self._table()[Item["key_id"]["S"], Item["period"]["S"]] = Item

    def delete_item(self, *, TableName: str, Key: dict[str, Any]) -> None:
        self._table().pop((Key["key_id"]["S"], Key["period"]["S"]), None)

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> Any:
        found = self._table().get((Key["key_id"]["S"], Key["period"]["S"]))
        return {"Item": found} if found else {}

    def list_stack_resources(self, *, StackName: str) -> Any:
        return {"StackResourceSummaries": self.resources}

    def filter_log_events(self, *, logGroupName: str, filterPattern: str, startTime: int) -> Any:
        events = [event for event in self.events if event["timestamp"] >= startTime]
        return {"events": [event for event in events if filterPattern in event["message"]]}
