"""The endpoint as a resource: its name, and an update that was taken back."""

from typing import Final

from slm.doctor.model import HINT, LIKELY, PROOF, STRONG, TOLD, Cause, Phase, sign

ENDPOINT: Final = (
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
            "--endpoint-name {endpoint}{aws_options}` (and `delete-endpoint-config`)."
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
            sign("exported", r"is already exported by", PROOF),
            sign(
                "already",
                r"there is already (a|an|another) (conflicting|existing)|already (in use|taken|"
                r"being used) by|(name|domain|alias)\b.{0,60}already (in use|taken)",
                STRONG,
                unless="port_words",
            ),
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
            "Read the new fleet's log (`slm doctor{slm_options}` does while it is there), mend "
            "what it says, and deploy again."
        ),
        signatures=(
            sign(
                "rollback rolled rolling rollingback updaterollbackfailed autorollback back",
                r"(endpoint|deployment|variant|fleet|sagemaker|update|config\w*).{0,100}(roll(ed|"
                r"ing|s)?"
                r"[ -]?back|rollback)(?!_)(?!.{0,20}(complete|failed|requested))|"
                r"(roll(ed|ing)?[ -]?back|rollback)\b(?!_).{0,80}(endpoint|previous|old|deployment|"
                r"config)|autorollback|rollingback",
                LIKELY,
                unless="stack_words",
            ),
            sign(
                "old previous earlier former original",
                r"(inservice|still|again|remains?|keeps?|continues?|back|serves?|running|"
                r"uses?).{0,60}"
                r"(old|previous|earlier|former|original) (config\w*|version|image|model|endpoint|"
                r"instance|variant|weights|one)",
                STRONG,
            ),
            sign(
                "unchanged inservice change changed updated update",
                r"(config\w*|endpoint|model|image|instance).{0,60}(un|not )changed|"
                r"(update|change)\w*.{0,60}(no|without|not).{0,20}(effect|error)",
                HINT,
            ),
            sign(
                "changes update",
                r"(changes|update)\b.{0,30}(were|was|are|is) not (made|applied|done)|"
                r"update.{0,60}(remains?|stays?) (in ?service|on)",
                LIKELY,
                unless="stack_words",
            ),
            sign(
                "revert reverts reverted silently unchanged",
                r"\brevert(s|ed)?\b|(stays?|remains?|is|was|are) unchanged|"
                r"(update|endpoint|config\w*|deploy\w*)\b.{0,60}silently|silently.{0,60}(old|previous|revert)",
                LIKELY,
                unless="stack_words",
            ),
            sign(
                "update updated updateendpoint updating change changed applied "
                "apply deploy deployed never replaced switched update_endpoint",
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
            # The old configuration, which is in use again, was deleted meanwhile.
            sign("find", r"could not find endpoint configuration", HINT),
            sign("updaterollbackfailed", r"updaterollbackfailed", STRONG),
            sign(
                "updating endpoint",
                r"failed to update.{0,60}endpoint|update.{0,40}endpoint.{0,40}failed",
                HINT,
            ),
            sign(
                "rolls roll persist endpoint",
                r"endpoint.{0,100}\broll(s|ed)? ?back\b|(change|update)\b.{0,60}(not|n't) persist",
                TOLD,
                given="told",
            ),
        ),
        # An endpoint that is InService and names a failure kept its old configuration.
        facts={"kept_after_failure": LIKELY},
        phase=Phase.DEPLOY,
        sources=("https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html",),
    ),
)
