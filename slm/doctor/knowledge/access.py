"""Permissions and credentials: who may do what, and for how long."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

ACCESS: Final = (
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
            sign("permissions", r"invalid permissions on lambda", STRONG),
            sign("exists", r"exists, but we don.?t have access", LIKELY),
            sign(
                "authorized authorised",
                r"(is|are) not authori[sz]ed to (perform|assume|use|access)",
                PROOF,
                unless="ecr_denied bootstrap_role",
            ),
            sign(
                "authorized authorised",
                r"(is|are) not authori[sz]ed to (perform|assume|use|access)",
                HINT,
                given="ecr_denied",
            ),
            sign("accessdenied accessdeniedexception", r"\baccessdenied(exception)?\b", STRONG),
            sign(
                "denied explicit",
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
                "trust role assumed",
                r"trust (relationship|policy)|role .{0,120}(does not|doesn't) (exist|have)|"
                r"invalid (execution )?role|role (is )?(invalid|missing)|cannot be assumed",
                LIKELY,
                unless="bootstrap_role",
            ),
            sign("kms", r"kms.{0,60}(denied|not authorized|permission)|kms:decrypt", STRONG),
            sign(
                "403 forbidden operation",
                r"(head|get|list)(object|bucket|objects\w*) operation: (forbidden|access denied)|"
                r"s3.{0,80}\b403\b",
                STRONG,
            ),
            sign("data", r"(could not|cannot|unable to) access model data", 0.6),
            sign("getobject", r"s3:getobject", HINT),
            sign(
                "permission permissions denied",
                r"\bpermissions?\b|access (is )?denied",
                TOLD,
                given="told",
            ),
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
            sign("session", r"session token not found or invalid", PROOF),
            sign(
                "perform",
                r"need to perform aws calls for account",
                STRONG,
                unless="bootstrap_role",
            ),
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
                "sso unauthorizedsso",
                r"(error loading|no|invalid|refresh\w*|load\w*).{0,20}sso (token|session)|"
                r"sso session .{0,80}(invalid|expired|does not)|aws sso login|unauthorizedsso|sso "
                r"token",
                STRONG,
            ),
            sign(
                "unauthorizedssotokenerror ssotokenloaderror tokenretrievalerror",
                r"unauthorizedssotokenerror|ssotokenloaderror|tokenretrievalerror",
                PROOF,
            ),
            sign("resolve", r"unable to resolve aws account", STRONG),
            sign(
                "credentials credentialsprovidererror nocredentialproviders "
                "nocredentials nocredentialserror",
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
                "profile",
                r"profile .{0,60}(could not be found|not found|does not exist|did not include)",
                LIKELY,
            ),
            sign(
                "signature signaturedoesnotmatch",
                r"signature (has )?expired|signaturedoesnotmatch",
                LIKELY,
            ),
            sign(
                "expired login sso credentials session",
                r"\b(sso|login|credentials|session)\b.{0,60}(expire|fail|not)",
                TOLD,
                given="told",
            ),
        ),
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html",),
    ),
)
