"""CloudFormation resource types that ministack lacks, backed by moto where ministack
has no such service.

A type is three functions: create, update, delete. An update that returns another physical id
is a replacement: ministack deletes the old resource once the stack is through.
"""

from ministack.services.cloudformation import provisioners, stacks

from tests.emulator.resources import autoscaling, sagemaker, security_group_rules, web_acl


def register_all() -> None:
    """Make every type known to ministack's CloudFormation."""
    modules = (autoscaling, sagemaker, security_group_rules, web_acl)
    types = {name: found for module in modules for name, found in module.TYPES.items()}
    provisioners._RESOURCE_HANDLERS.update(
        {name: resource_type.handlers() for name, resource_type in types.items()}
    )
    on_thread = stacks._runs_on_worker_thread
    # Waits, so it must not hold up the emulator's event loop.
    slow = {name for name, resource_type in types.items() if resource_type.waits}
    stacks._runs_on_worker_thread = lambda name: name in slow or on_thread(name)
