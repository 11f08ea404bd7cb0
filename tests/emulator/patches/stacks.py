"""CloudFormation: what becomes of a resource whose creation failed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
AWS keeps it with a rollback that was switched off, for whoever wants to look at it; the
rollback or the stack's end deletes it. ministack forgets it.
"""

from typing import Any, Final

from ministack.services.cloudformation import handlers, stacks

from tests.emulator.resources.leftovers import delete_leftovers


def apply() -> None:
    """Delete a failed resource with its stack, or when the stack is rolled back."""
    for name in _ENDS:
        end = _after_leftovers(getattr(stacks, name))
        for module in (stacks, handlers):
            setattr(module, name, end)


_ENDS: Final = ("_roll_back_operation", "_delete_stack_async")


def _after_leftovers(end: Any) -> Any:
    async def delete_and_end(stack_name: str, *args: Any, **options: Any) -> Any:
        delete_leftovers(stack_name)
        return await end(stack_name, *args, **options)

    return delete_and_end
