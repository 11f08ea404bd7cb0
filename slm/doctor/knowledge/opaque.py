"""Events that name no cause: the answer is where to look next."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, STRONG, TOLD, Cause, Phase, Rank, sign

OPAQUE: Final = (
    Cause(
        id="cfn_opaque_event",
        title="CloudFormation names no cause; it stands where the resource itself writes.",
        explanation=(
            '"Request to service failed", "internal failure", a cancelled resource: the event '
            "only says that something failed. The first failed resource counts, and its own "
            "description and logs."
        ),
        against="Another event or log line that names a cause.",
        fix=(
            "Look at the endpoint: `aws sagemaker describe-endpoint --endpoint-name {endpoint} "
            "--query FailureReason{aws_options}`, and its log, `aws logs tail "
            "/aws/sagemaker/Endpoints/{endpoint}{aws_options}`. To keep them: "
            "`make deploy{options} ARGS=--no-rollback`, then `slm doctor{slm_options}`."
        ),
        signatures=(
            sign(
                "service customer contact",
                r"request to service failed|contact (customer )?support",
                STRONG,
            ),
            sign(
                "internal internalfailure serviceinternalerror unknown",
                r"internal ?failure|internal service (error|failure)|serviceinternalerror|"
                r"internal error|(?<!cuda: )unknown (error|failure)",
                LIKELY,
                unless="ping_failed",
            ),
            sign(
                "handlererrorcode",
                r"handlererrorcode: (internalfailure|generalserviceexception|notstabilized|"
                r"serviceinternalerror|handlerinternalfailure)",
                LIKELY,
                unless="ping_failed",
            ),
            sign(
                "generalserviceexception notstabilized stabilize stabilise "
                "stabilised stabilized",
                r"generalserviceexception|notstabilized|(did|does|has) ?n.t stabili[sz]e|"
                r"not stabili[sz]ed?",
                LIKELY,
                unless="ping_failed",
            ),
            sign(
                "cancelled",
                r"(resource )?(creation|update) (was )?cancelled",
                LIKELY,
                unless="ping_failed",
            ),
            sign(
                "resource",
                r"following resource\(s\) failed to|resource handler returned message: \W?(null|"
                r"none)",
                LIKELY,
                unless="ping_failed",
            ),
            sign(
                "create_failed update_failed",
                r"(create|update)_failed",
                HINT,
            ),
            sign(
                "attempts exceeded",
                r"exceeded (attempts|max\w* (attempts|retries)) (to )?wait",
                LIKELY,
            ),
            sign(
                "validation_failed deployment validation", r"pre.?deployment|early validation", HINT
            ),
            sign(
                "reason cause details",
                r"\bno (reason|cause|details)\b|without (any )?(a )?(reason|cause|details)",
                TOLD,
                given="told",
            ),
        ),
        rank=Rank.CONSEQUENCE,
        phase=Phase.DEPLOY,
        sources=(
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
        ),
    ),
)
