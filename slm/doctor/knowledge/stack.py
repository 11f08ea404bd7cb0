"""The stack: what it needs before it can be made, and states that take no updates."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

STACK: Final = (
    Cause(
        id="cdk_not_bootstrapped",
        title="The account and region that are really targeted are not bootstrapped for the CDK.",
        explanation=(
            "The CDK keeps a bucket, roles and a version number in each account and region. Often "
            "another region or profile is meant than the one that was bootstrapped."
        ),
        against="`aws ssm get-parameter --name /cdk-bootstrap/hnb659fds/version` answers there.",
        fix="`make bootstrap{options}`, with the PROFILE and REGION of the deploy.",
        signatures=(
            sign("bootstrap", r"requires bootstrap stack version", PROOF),
            sign("bootstrapped", r"(has|is|been|not|isn't|n't).{0,60}bootstrapped", PROOF),
            sign(
                "bootstrap cdk",
                r"/?cdk-bootstrap/\S+.{0,60}(not found|not available|cannot|does not|unable)|"
                r"(unable|fail\w*|cannot|access).{0,60}cdk-bootstrap/|"
                r"(please |must |need to )?run\W{1,4}cdk bootstrap|cdk bootstrap aws://|"
                r"bootstrap (stack|version|template).{0,60}(required|found|old|least|outdated|"
                r"update|upgrade|not|missing)",
                PROOF,
            ),
            sign("toolkit", r"toolkit stack\b.{0,120}(not found|does not have)", STRONG),
            sign(
                "bootstrapversion",
                r"bootstrapversion (output|value)|(find|invalid) bootstrapversion",
                STRONG,
            ),
            sign("parameternotfound", r"\bparameternotfound\b", HINT),
            sign(
                "cdktoolkit",
                r"cdktoolkit.{0,60}(not|missing|does)|(no|missing).{0,30}cdktoolkit",
                STRONG,
            ),
            sign(
                "cdk",
                r"(no bucket named|bucket|repository|role).{0,60}cdk-\w+-(assets|container|deploy|"
                r"file|cfn|image|lookup)\S*.{0,80}(not|n't|does)|no bucket named .?cdk-",
                STRONG,
            ),
            sign(
                "assume",
                r"(could not|cannot|unable to|failed).{0,40}assume.{0,80}cdk-\w+-\w+-role|"
                r"assume role .{0,60}cdk-",
                LIKELY,
                unless="goes_on",
            ),
            sign(
                "assets", r"uses assets, so .{0,60}must be deployed|assets .{0,60}bootstrap", PROOF
            ),
            sign("bootstrap bootstrapped bootsrapped bootsrap", r"boots?t?rap", TOLD, given="told"),
        ),
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html",),
    ),
    Cause(
        id="cfn_rollback_stuck",
        title="The stack is in a state that takes no updates.",
        explanation=(
            "After a first deploy that failed (ROLLBACK_COMPLETE) the stack can only be deleted; "
            "after a rollback that failed (UPDATE_ROLLBACK_FAILED) it must be continued; while "
            "something is in progress it must be waited for."
        ),
        against="A resource's own failure in the same output: that one is to be mended first.",
        fix=(
            "ROLLBACK_COMPLETE: `slm destroy{slm_options}`, then deploy again. "
            "UPDATE_ROLLBACK_FAILED: `aws cloudformation continue-update-rollback --stack-name "
            "{stack}{aws_options}`. IN_PROGRESS: wait."
        ),
        signatures=(
            sign(
                "state",
                r"is in .{0,40}_?(complete|failed|in_progress|\w+) state and can ?not be",
                PROOF,
            ),
            sign("stack", r"\bstack\b.{0,200}(can ?not be updated|is in a failed state)", PROOF),
            sign("update_rollback_failed", r"update_rollback_failed", STRONG),
            sign("rollback_failed delete_failed", r"\b(rollback|delete)_failed", LIKELY),
            sign(
                "rollback_complete",
                r"(?<!update_)\brollback_complete\b",
                HINT,
            ),
            sign(
                "update_rollback_in_progress rollback_in_progress "
                "update_complete_cleanup_in_progress update_in_progress in_progress",
                r"(cannot|can ?not|unable|while|currently|is in|stuck).{0,60}in_progress|"
                r"in_progress.{0,60}(state|cannot|can ?not|stuck)",
                LIKELY,
            ),
            sign("manually", r"may need to be manually deleted", HINT),
            sign(
                "dependencyviolation dependencies dependent",
                r"dependencyviolation|has (dependencies|a dependent object)\b.{0,20}"
                r"cannot be deleted",
                STRONG,
            ),
            sign(
                "delete deletion deleting",
                r"\b(stack|environment)\b.{0,60}\bdelet(e|ion|ing)\b.{0,60}(fail|not|stuck|complete:)|"
                r"\b(fail\w*|unable|can ?not) (to )?delete .{0,20}stack",
                LIKELY,
            ),
            sign("operation", r"(another|an) operation .{0,40}in progress", LIKELY),
            sign(
                "stuck",
                r"(stack|rollback|cloudformation).{0,40}stuck|stuck .{0,30}rollback",
                STRONG,
            ),
            sign("continue", r"continue-?update-?rollback", STRONG),
            sign("stack rollback", r"\bstack\b.{0,60}(stuck|rollback)", TOLD, given="told"),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
        ),
    ),
)
