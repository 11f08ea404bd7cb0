"""The account: permissions, credentials, quotas, capacity, bootstrap."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, Cause, Phase, sign

ACCOUNT: Final = (
    Cause(
        id="role_missing_permission",
        title="A role or user may not do what was asked.",
        explanation=(
            "IAM denies it: a policy lacks the action, `iam:PassRole` is missing, or a service "
            "control policy of the organisation denies it explicitly; then no policy in the "
            "account can allow it."
        ),
        against='"ExpiredToken" in the same output: then log in again first.',
        fix=(
            'Add the action that the message names to the role that it names. With "explicit '
            "deny in a service control policy\" only the organisation's administrator can help."
        ),
        signatures=(
            sign(
                "authorized",
                r"(is|are) not authori[sz]ed to (perform|assume|use|access)",
                PROOF,
                unless="ecr_denied bootstrap_role",
            ),
            sign(
                "authorized",
                r"(is|are) not authori[sz]ed to (perform|assume|use|access)",
                HINT,
                given="ecr_denied",
            ),
            sign("accessdenied accessdeniedexception", r"\baccessdenied(exception)?\b", STRONG),
            sign(
                "denied",
                r"access denied|permission denied for .{0,40}(role|s3|kms)|explicit deny",
                STRONG,
            ),
            sign("passrole", r"iam:passrole|passrole", PROOF),
            sign(
                "unauthorizedoperation unauthorizedaccess",
                r"unauthorized(operation|access)",
                STRONG,
            ),
            sign(
                "assume assumerole",
                r"(could not|cannot|unable to|failed to) assume (the )?role(?!.{0,60}cdk-)|"
                r"sts:assumerole",
                LIKELY,
                unless="bootstrap_role",
            ),
            sign(
                "trust role",
                r"trust (relationship|policy)|role .{0,120}(does not|doesn't) (exist|have)|"
                r"invalid (execution )?role|role (is )?(invalid|missing)|cannot be assumed",
                LIKELY,
                unless="bootstrap_role",
            ),
            sign("kms", r"kms.{0,60}(denied|not authorized|permission)|kms:decrypt", STRONG),
            sign(
                "403 forbidden",
                r"(head|get|list)(object|bucket|objects\w*) operation: (forbidden|access denied)|"
                r"s3.{0,80}\b403\b",
                STRONG,
            ),
            sign("data", r"(could not|cannot|unable to) access model data", 0.6),
            sign("getobject", r"s3:getobject", HINT),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
        ),
    ),
    Cause(
        id="expired_sso_credentials",
        title="The AWS login has expired, or there are no credentials.",
        explanation=(
            "Sessions end after hours. Tools disguise it: the CDK says that it cannot resolve the "
            "account, others that there are no credentials."
        ),
        against="`aws sts get-caller-identity` answers with the account that is meant.",
        fix="`make sso-login{options}`, then the same command again.",
        signatures=(
            sign(
                "expiredtoken expiredtokenexception requestexpired",
                r"expiredtoken|requestexpired",
                PROOF,
            ),
            sign(
                "expired",
                r"(token|session|credentials?|sso|login)\b.{0,80}\bexpired|expired .{0,40}(token|"
                r"session|credentials?)",
                PROOF,
                unless="hub_words",
            ),
            sign(
                "sso",
                r"(error loading|no|invalid|refresh\w*|load\w*).{0,20}sso (token|session)|"
                r"sso session .{0,80}(invalid|expired|does not)|aws sso login|unauthorizedsso|sso "
                r"token",
                STRONG,
            ),
            sign(
                "unauthorizedssotokenerror ssotokenloaderror tokenretrievalerror",
                r"sso|token",
                PROOF,
            ),
            sign("resolve", r"unable to resolve aws account", STRONG),
            sign(
                "credentials",
                r"(unable to|could(n't| not)|cannot|can'?t|failed to) (locate|load|find|get|"
                r"retrieve|refresh|resolve) .{0,30}credentials|"
                r"\bno (aws )?credentials|credentials .{0,60}"
                r"(not found|could not be|missing|invalid|not configured|cannot be)|"
                r"have credentials been configured|credentialsprovidererror|nocredential\w*",
                STRONG,
                unless="bootstrap_role",
            ),
            sign(
                "security",
                r"security token included in the request is (expired|invalid)",
                PROOF,
            ),
            sign(
                "invalidclienttokenid unrecognizedclientexception invalidgrantexception",
                r"invalidclienttokenid|unrecognizedclientexception|invalidgrantexception",
                PROOF,
            ),
            sign(
                "profile", r"profile .{0,60}(could not be found|not found|does not exist)", LIKELY
            ),
            sign(
                "signature",
                r"signature (has )?expired|signaturedoesnotmatch",
                LIKELY,
            ),
        ),
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html",),
    ),
    Cause(
        id="instance_quota_zero",
        title="The account's quota does not allow this many instances of this type.",
        explanation=(
            'New accounts have a quota of 0 for most GPU instances "for endpoint usage". An '
            "update needs room for the old and the new fleet at once."
        ),
        against='"Insufficient capacity": then AWS has none, whatever the quota.',
        fix=(
            'Ask for more: Service Quotas, Amazon SageMaker, "<instance type> for endpoint '
            'usage" (hours to days). For an update within the quota: `slm deploy --stop-first`. '
            "Or take an `instance_type` that you have quota for."
        ),
        signatures=(
            sign("resourcelimitexceeded", r"resourcelimitexceeded", STRONG),
            sign("usage", r"for (endpoint|endpoints|\w+ job|inference) usage", PROOF),
            sign(
                "limit quota",
                r"(account|service)[- ]?(level )?.{0,20}(limit|quota).{0,120}(\bml\.|instance|"
                r"exceeded|reached|is 0|0 instances)|(quota|limit) .{0,60}(of|is) 0\b",
                STRONG,
            ),
            sign("delta", r"request delta of", PROOF),
            sign(
                "quota increase quotas",
                r"(request|need|ask for) .{0,40}(quota|limit) increase|increase .{0,20}(quota|"
                r"limit)",
                LIKELY,
            ),
            sign(
                "limitexceededexception servicequotaexceededexception limitexceeded",
                r"servicequotaexceeded|limitexceeded(exception)?\b",
                HINT,
            ),
            sign("instances", r"maximum number of .{0,40}instances", LIKELY),
        ),
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/general/latest/gr/sagemaker.html",),
    ),
    Cause(
        id="insufficient_capacity",
        title="AWS has no free instance of this type in this region's zones now.",
        explanation="Large GPU instances run out, for minutes or for days; it is not the quota.",
        against='"ResourceLimitExceeded": that is the account\'s quota.',
        fix=(
            "Try again later (`slm start`), or take another `instance_type` or region; with "
            "`vpc_subnet_ids`, subnets in more zones."
        ),
        signatures=(
            sign(
                "insufficientinstancecapacity ec2insufficientcapacityerror capacityerror "
                "insufficientcapacity insufficientcapacityexception",
                r"insufficient\w*capacity|capacityerror",
                PROOF,
            ),
            sign(
                "capacity",
                r"(insufficient|not enough|no|sufficient|lack of|lacks?|out of|unable to provision|"
                r"requested).{0,40}capacity|capacity .{0,60}(not available|unavailable|"
                r"insufficient|"
                r"not enough|constraint)|capacity ?error",
                STRONG,
                unless="table_words",
            ),
            sign(
                "unavailable zones",
                r"(instance|type).{0,80}(temporarily )?(unavailable|not available|not supported) "
                r"in "
                r".{0,60}(zone|region)",
                STRONG,
            ),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html",
        ),
    ),
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
            ),
            sign(
                "assets", r"uses assets, so .{0,60}must be deployed|assets .{0,60}bootstrap", PROOF
            ),
        ),
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html",),
    ),
    Cause(
        id="endpoint_name_or_config_exists",
        title="Something with this name exists already.",
        explanation=(
            "An endpoint or a configuration of that name was made outside of the stack, or is left "
            "from a stack that was deleted with it kept."
        ),
        against="The stack's own list of resources has it: then it is updated, not made.",
        fix=(
            "Choose another `endpoint_name`, or delete the old one: `aws sagemaker delete-endpoint "
            "--endpoint-name {endpoint}` (and `delete-endpoint-config`)."
        ),
        signatures=(
            sign("existing", r"cannot create (an? )?already existing", PROOF),
            sign(
                "exists",
                r"(endpoint|config\w*|model|name|resource|role|bucket|log ?group|\w+)\b.{0,160}"
                r"already exists",
                STRONG,
                unless="folder_words",
            ),
            sign(
                "alreadyexists alreadyexistsexception resourceexistenceconflict "
                "entityalreadyexists resourceinuse resourceinuseexception",
                r"alreadyexists|existenceconflict|resourceinuse",
                STRONG,
            ),
            sign("unique", r"name (must be|is not) unique", LIKELY),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html",
        ),
    ),
    Cause(
        id="endpoint_update_rolled_back",
        title="The endpoint's update was rolled back: it runs, with the old configuration.",
        explanation=(
            "The new fleet failed its checks, and SageMaker kept the old one. The endpoint is "
            "InService, so nothing looks broken; the reason stands in the new fleet's log streams."
        ),
        against="The configuration's name is the new one.",
        fix=(
            "Read the new fleet's log (`slm doctor` does while it is there), mend what it says, "
            "and deploy again."
        ),
        signatures=(
            sign(
                "rollback rolled rolling rollingback updaterollbackfailed autorollback",
                r"(endpoint|deployment|variant|fleet|sagemaker|update|config\w*).{0,100}(roll(ed|"
                r"ing|s)?"
                r"[ -]?back|rollback)(?!_)(?!.{0,20}(complete|failed))|"
                r"(roll(ed|ing)?[ -]?back|rollback)\b(?!_).{0,80}(endpoint|previous|old|deployment|"
                r"config)|autorollback|rollingback",
                LIKELY,
                unless="stack_words",
            ),
            sign(
                "old previous earlier former",
                r"(inservice|still|again|remains?|keeps?|continues?|back|serves?|running|"
                r"uses?).{0,60}"
                r"(old|previous|earlier|former|original) (config\w*|version|image|model|endpoint|"
                r"instance|variant|weights|one)",
                STRONG,
            ),
            sign(
                "unchanged inservice change changed updated",
                r"(config\w*|endpoint|model|image|instance).{0,60}(un|not )changed|"
                r"(update|change)\w*.{0,60}(no|without|not).{0,20}(effect|error)",
                HINT,
            ),
            sign(
                "revert reverts reverted silently unchanged",
                r"\brevert(s|ed)?\b|silently|(stays?|remains?|is|was|are) unchanged",
                LIKELY,
                unless="stack_words",
            ),
            sign(
                "update updated updateendpoint updating change changed",
                r"(config\w*|variant|image|instance|endpoint|model|weights?)\b.{0,80}((does|did|is|"
                r"was|were|has|have)( not|n't|nt)|never|not) (been )?(chang|updat|appl|replac|"
                r"switch|"
                r"deploy)\w*|update_?endpoint.{0,100}(fail|no effect|old|previous|without|ignored)|"
                r"update.{0,60}(succeeds?|no error|inservice|complete).{0,80}(but|old|previous|"
                r"still)",
                LIKELY,
                unless="stack_words",
            ),
            sign(
                "update updating updated",
                r"\bupdat\w+\b.{0,100}\b(endpoint|variant|fleet|inservice|config\w*)\b.{0,100}"
                r"(fail|old|previous|roll|still|back)",
                HINT,
                unless="stack_words",
            ),
            sign("updaterollbackfailed", r"updaterollbackfailed", STRONG),
            sign(
                "updating",
                r"failed to update.{0,60}endpoint|update.{0,40}endpoint.{0,40}failed",
                HINT,
            ),
        ),
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html",),
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
            "ROLLBACK_COMPLETE: `slm destroy`, then deploy again. UPDATE_ROLLBACK_FAILED: `aws "
            "cloudformation continue-update-rollback --stack-name {stack}`. IN_PROGRESS: wait."
        ),
        signatures=(
            sign(
                "state",
                r"is in .{0,40}_?(complete|failed|in_progress|\w+) state and can ?not be",
                PROOF,
            ),
            sign("update_rollback_failed", r"update_rollback_failed", STRONG),
            sign("rollback_failed delete_failed", r"\b(rollback|delete)_failed", LIKELY),
            sign(
                "rollback_complete",
                r"(?<!update_)\brollback_complete\b",
                HINT,
            ),
            sign(
                "update_rollback_in_progress rollback_in_progress "
                "update_complete_cleanup_in_progress update_in_progress",
                r"(cannot|can ?not|unable|while|currently|is in|stuck).{0,60}in_progress|"
                r"in_progress.{0,60}(state|cannot|can ?not|stuck)",
                LIKELY,
            ),
            sign("manually", r"may need to be manually deleted", HINT),
            sign("operation", r"(another|an) operation .{0,40}in progress", LIKELY),
            sign(
                "stuck",
                r"(stack|rollback|cloudformation).{0,40}stuck|stuck .{0,30}rollback",
                STRONG,
            ),
            sign("continue", r"continue-?update-?rollback", STRONG),
        ),
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
        ),
    ),
)
