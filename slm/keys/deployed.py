"""The keys of a deployed stack: keys and usage plans of API Gateway, and schedules that end keys.

Whoever makes keys needs API Gateway's ``/apikeys`` and ``/usageplans``, the stack's schedules,
``iam:PassRole`` for the role in its outputs, and its table of tokens where there is one.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from slm.aws import Aws, NotFound, explained
from slm.commands import Commands
from slm.keys.key_ends import ENDS_TAG, KeyEnds
from slm.keys.store import (
    FIRST_KEY,
    ApiKey,
    KeyLimits,
    NewKey,
    check_expires,
    check_name,
    check_plan_of,
    exists_already,
    named,
    named_or_of_id,
    new_key_value,
)
from slm.keys.tagged import tagged_keys
from slm.keys.token_plans import TokenPlans
from slm.keys.usage_plans import UsagePlans
from slm.settings import PlanSettings
from slm.stack_description import describe_stack, outputs_of
from slm.stack_names import STACK_TAG
from slm.stack_outputs import API_KEY_ID

NO_PLAN: Final = "(none)"
"""Plan of a key that is in none: API Gateway refuses it."""

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class DeployedKeys:
    """See ``KeyStore``. A key is listed until it is deleted: until then it works.

    Args:
        aws: The account.
        stack: Name of the stack.
        plans: The usage plans of the settings; only for the tokens, which API Gateway does not
            count.
        now: The time.
    """

    def __init__(
        self,
        aws: Aws,
        stack: str,
        plans: Mapping[str, PlanSettings],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._aws = aws
        self._stack = stack
        self._settings = plans
        self._now = now
        self.commands = Commands.of(aws, stack)
        self._plans = UsagePlans(aws, stack)
        self._token_plans = TokenPlans(aws, stack)

    def create(self, name: str, plan: str, expires: timedelta | None) -> NewKey:
        """See ``KeyStore``."""
        check_name(name)
        check_expires(expires)
        self._plans.check(plan)
        if any(key.name == name for key in self.all()):
            raise exists_already(name, self.commands)
        return self._make(name, plan, None if expires is None else self._now() + expires)

    def all(self) -> list[ApiKey]:
        """See ``KeyStore``."""
        first = self._outputs.get(API_KEY_ID)
        plans = self._plans.of_keys()
        with explained("the API keys"):
            keys = [
                self._key(found, first, plans.get(found["id"], NO_PLAN))
                for found in tagged_keys(self._aws, self._stack)
            ]
        # API Gateway tells seconds: of two keys of one second the newer one ends later.
        return sorted(keys, key=lambda key: (key.created, key.ends or _NEVER, key.key_id))

    def rotate(self, name: str, overlap: timedelta, expires: timedelta | None = None) -> NewKey:
        """See ``KeyStore``."""
        check_expires(expires)
        old = named(self.all(), name, self.commands)
        check_plan_of(old[-1], self.commands)
        with ExitStack() as undo:
            ends = old[-1].ends if expires is None else self._now() + expires
            new = self._make(name, old[-1].plan, ends)
            undo.callback(self._delete, new.key.key_id)
            until = self._now() + overlap if overlap else new.key.created
            for key in old:
                if not overlap:
                    self._delete(key.key_id)
                elif key.ends is None or key.ends > until:
                    undo.callback(self._ends.undo, key.key_id, key.ends)
                    self._ends.plan(key.key_id, until)
            undo.pop_all()
        replaces = (replace(key, ends=min(key.ends or until, until)) for key in old)
        return NewKey(new.key, new.value, tuple(replaces))

    def revoke(self, name: str) -> list[ApiKey]:
        """See ``KeyStore``."""
        ended = named_or_of_id(self.all(), name, self.commands)
        for key in ended:
            self._delete(key.key_id)
        return ended

    def move(self, name: str, plan: str) -> ApiKey:
        """See ``KeyStore``. The key is refused between its plans, for as long as a call takes:
        API Gateway lets it be in one plan of an API only.
        """
        self._plans.check(plan)
        for key in named(self.all(), name, self.commands):
            with ExitStack() as undo:
                if key.plan not in {plan, NO_PLAN}:
                    self._plans.remove(key.key_id, key.plan)
                    undo.callback(self._plans.add, key.key_id, key.plan)
                if key.plan != plan:
                    self._plans.add(key.key_id, plan)
                    undo.callback(self._plans.remove, key.key_id, plan)
                self._token_plans.tell(key.key_id, plan)
                undo.pop_all()
        return named(self.all(), name, self.commands)[-1]

    def limits(self, name: str) -> list[KeyLimits]:
        """See ``KeyStore``."""
        return [self._limits(key) for key in named(self.all(), name, self.commands)]

    def _limits(self, key: ApiKey) -> KeyLimits:
        check_plan_of(key, self.commands)
        settings = self._settings.get(key.plan)
        tokens = settings.tokens_per_day if settings else 0
        used = self._token_plans.used_today(key.key_id) if tokens else None
        return KeyLimits(
            key,
            self._plans.limits(key.plan, tokens_per_day=tokens),
            requests_left=self._plans.requests_left(key.key_id, key.plan),
            tokens_left=None if used is None else max(tokens - used, 0),
        )

    def _make(self, name: str, plan: str, ends: datetime | None) -> NewKey:
        """A key with all that belongs to it, or none."""
        value = new_key_value()
        with explained(f"API key {name}"):
            made = self._aws.apigateway.create_api_key(
                name=f"{self._stack}-{name}",
                description="Made by slm keys",
                enabled=True,
                value=value,
                tags={STACK_TAG: self._stack},
            )
        key_id = made["id"]
        with ExitStack() as undo:
            undo.callback(self._delete, key_id)
            self._token_plans.tell(key_id, plan)
            if ends:
                self._ends.plan(key_id, ends)
            # Last: from here on it works.
            self._plans.add(key_id, plan)
            undo.pop_all()
        created = _in_utc(made["createdDate"])
        return NewKey(ApiKey(key_id, name, plan, created, ends, works=True), value)

    def _delete(self, key_id: str) -> None:
        """End a key at once, with all that belongs to it; what is gone is no failure."""
        try:
            with explained(f"API key {key_id}"):
                self._aws.apigateway.delete_api_key(apiKey=key_id)
        except NotFound:
            pass
        self._ends.forget(key_id)
        self._token_plans.forget(key_id)

    def _key(self, found: Any, first: str | None, plan: str) -> ApiKey:
        key_id, ends = found["id"], found["tags"].get(ENDS_TAG)
        # The template's key has a name that CloudFormation made.
        name = FIRST_KEY if key_id == first else found["name"].removeprefix(f"{self._stack}-")
        with_end = datetime.fromisoformat(ends) if ends else None
        created = _in_utc(found["createdDate"])
        return ApiKey(key_id, name, plan, created, with_end, works=plan != NO_PLAN)

    @cached_property
    def _ends(self) -> KeyEnds:
        return KeyEnds(self._aws, self._stack, self._outputs)

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        return outputs_of(describe_stack(self._aws, self._stack))


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
