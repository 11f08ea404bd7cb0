"""The options that the CDK knows: it drops a misspelt one silently, and does the default."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from slm.wrong_usage import WrongUsage

_LIST: Final = """
    all app apply-permissions-boundary-to-all-roles asset-build-concurrency asset-metadata
    asset-parallelism asset-prebuild bootstrap-bucket-name bootstrap-customer-key
    bootstrap-kms-key-id build build-exclude ca-bundle-path change-set change-set-name changeset
    ci cloudformation-execution-policies color concurrency context context-lines cpb
    custom-permissions-boundary debug debug-app debug-cli deny-external-id ec2creds epb
    example-permissions-boundary exclusively execute express fail fail-on force help
    ignore-errors ignore-no-stacks import-existing-resources include-moves json logs lookups
    method monitoring-time-minutes notices notification-arns output outputs-file parameters
    path-metadata plugin previous-parameters processed profile progress proxy
    public-access-block-configuration qualifier quiet region require-approval revert-drift
    role-arn rollback rollback-trigger-alarm-arns security-only show-template staging strict
    tags telemetry telemetry-file template termination-protection toolkit-bucket-name
    toolkit-stack-name trace trust trust-for-lookup unstable untrust verbose version
    version-reporting watch yes
"""
"""Long options of deploy, diff and bootstrap (``--help`` of the version that package.json pins);
each can have ``no-`` before it."""

CDK_OPTIONS: Final = frozenset(_LIST.split())


class UnknownOption(WrongUsage):
    """Neither ours nor the CDK's."""


def refuse_unknown(arguments: Sequence[str], own: Sequence[str]) -> None:
    """Refuse an option that the CDK would drop.

    Args:
        arguments: What would be passed on to the CDK.
        own: The command's own options, with their dashes: they may be meant.

    Raises:
        UnknownOption: There is one.
    """
    for argument in arguments:
        option = argument.partition("=")[0]
        if not option.startswith("--") or option[2:].removeprefix("no-") in CDK_OPTIONS:
            continue
        known = [*own, *(f"--{name}" for name in sorted(CDK_OPTIONS))]
        near = get_close_matches(option, known, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise UnknownOption(f"{option}: there is no such option, here or in the CDK.{meant}")
