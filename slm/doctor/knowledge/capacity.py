"""Instances that the account may not have, or that AWS has not."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

CAPACITY: Final = (
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
            'usage" (hours to days). For an update within the quota: '
            "`slm deploy{slm_options} --stop-first`. Or take an `instance_type` that you have "
            "quota for."
        ),
        signatures=(
            sign(
                "reached",
                r"reached (the|your) (maximum|limit).{0,40}(endpoints?|instances?)\b",
                STRONG,
            ),
            sign(
                "limit quota quotas",
                r"\b(resource|service|account) (limit|quota)",
                TOLD,
                given="told",
            ),
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
                "limitexceededexception servicequotaexceededexception limitexceeded "
                "servicequotaexceeded",
                r"servicequotaexceeded|limitexceeded(exception)?\b",
                HINT,
            ),
            sign("instances", r"maximum number of .{0,40}instances", LIKELY),
            sign("quota limit", r"\bquota\b|service limit", TOLD, given="told"),
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
            "Try again later (`slm start{slm_options}`), or take another `instance_type` or "
            "region; with `vpc_subnet_ids`, subnets in more zones."
        ),
        signatures=(
            sign(
                "availability", r"not supported in (this|the requested) availability zone", LIKELY
            ),
            sign(
                "insufficientinstancecapacity ec2insufficientcapacityerror "
                "capacityerror insufficientcapacity insufficientcapacityexception "
                "insufficient",
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
                "unavailable zones available temporarily supported",
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
)
