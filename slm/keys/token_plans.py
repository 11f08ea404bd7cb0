"""The plans of a stack's keys as its gateway reads them; see ``slm.gateway.dynamodb_ledger``."""

from slm.aws import Aws, NotFound, explained
from slm.gateway.dynamodb_ledger import KEY_ID, PERIOD, PLAN, TOKENS
from slm.gateway.token_budget import today, tokens_period
from slm.stack_names import tokens_table_name


class TokenPlans:
    """The table of tokens; a stack in which no plan limits them has none, and needs none.

    Args:
        aws: The account.
        stack: Name of the stack.
    """

    def __init__(self, aws: Aws, stack: str) -> None:
        self._aws = aws
        self._table = tokens_table_name(stack)

    def tell(self, key_id: str, plan: str) -> None:
        """Let the gateway know a key's plan.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        item = {KEY_ID: {"S": key_id}, PERIOD: {"S": PLAN}, PLAN: {"S": plan}}
        try:
            with explained(f"table {self._table}"):
                self._aws.dynamodb.put_item(TableName=self._table, Item=item)
        except NotFound:
            return

    def forget(self, key_id: str) -> None:
        """Remove what ``tell`` wrote.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        try:
            with explained(f"table {self._table}"):
                self._aws.dynamodb.delete_item(TableName=self._table, Key=_key(key_id, PLAN))
        except NotFound:
            return

    def used_today(self, key_id: str) -> int | None:
        """Tokens that a key has used today; None if nobody counts them.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        try:
            with explained(f"table {self._table}"):
                answer = self._aws.dynamodb.get_item(
                    TableName=self._table,
                    Key=_key(key_id, tokens_period(today())),
                    ConsistentRead=True,
                )
        except NotFound:
            return None
        return int(answer.get("Item", {}).get(TOKENS, {}).get("N", 0))


def _key(key_id: str, period: str) -> dict[str, dict[str, str]]:
    return {KEY_ID: {"S": key_id}, PERIOD: {"S": period}}
