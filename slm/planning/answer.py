"""From a question to its plan: what it leaves out, from the settings; what it asks of AWS, too."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from slm.planning.ask import Question, request_of
from slm.planning.cost import Deployment
from slm.planning.errors import PlanError
from slm.planning.model_names import is_same_model
from slm.planning.plan import Plan, make_plan
from slm.planning.regions import check_region
from slm.planning.request import DEFAULT_REGION, Request

if TYPE_CHECKING:
    from slm.aws import Aws
    from slm.instances import Price
    from slm.planning.account import Quota
    from slm.settings import Settings


@dataclass(frozen=True)
class Answer:
    """What a question is answered with.

    Attributes:
        plan: The plan.
        quota: The account's quota of the instance, if it was asked for.
    """

    plan: Plan
    quota: "Quota | None"


def answer(
    given: Question,
    *,
    live_prices: bool = False,
    quota: bool = False,
    profile: str | None = None,
    aws: "Aws | None" = None,
) -> Answer:
    """Plan.

    Args:
        given: Options of the command line.
        live_prices: Whether to ask AWS for today's price.
        quota: Whether to ask AWS for the instance's quota.
        profile: AWS profile for either.
        aws: The account; None to open it when it is asked.

    Raises:
        PlanError: Something that was named is unknown, or no number of its kind.
        UnsupportedInstance: The catalog has no such instance.
        SettingsError: The settings are needed, and wrong.
        AwsUnavailable: AWS is to be asked, and cannot be.
    """
    settings = None if _is_whole(given) else _settings()
    question = completed(given, settings)
    request = request_of(question)
    price: Price | None = None
    found: Quota | None = None
    if live_prices or quota:
        if not request.instance_type:
            raise PlanError("--live-prices and --quota ask about an --instance; none is planned.")
        # Imported here: it brings boto3.
        from slm.aws import Aws
        from slm.planning.account import endpoint_quota, live_price

        account = aws or Aws(profile, given.region or None)
        request = replace(request, region=account.region)
        if live_prices:
            today = datetime.now(UTC).date().isoformat()
            price = live_price(account, request.instance_type, account.region, today)
        found = endpoint_quota(account, request.instance_type) if quota else None
    return Answer(_plan(request, settings, price), found)


def completed_request(given: Question) -> Request:
    """The request that a question comes to, with the settings' answers.

    Raises:
        PlanError: Something that was named is unknown, or no number of its kind.
        UnsupportedInstance: The catalog has no such instance.
        SettingsError: The settings are needed, and wrong.
    """
    return request_of(completed(given, None if _is_whole(given) else _settings()))


def completed(given: Question, settings: "Settings | None") -> Question:
    """A question with the settings' answers where it has none.

    Format and context of the settings are those of their model, however it is spelt: another
    model, and one on a disk, is planned in the format that its name tells, and with the usual
    context.

    Raises:
        PlanError: The region's name is none.
    """
    region = given.region or DEFAULT_REGION
    check_region(region)
    if settings is None:
        return replace(given, region=region)
    own = not _names_a_model(given) or _is_spelling_of(settings.hf_model_id, given.model)
    quantize = given.quantize
    if own and quantize is None and given.engine in ("", settings.engine):
        quantize = settings.quantize
    return replace(
        given,
        model=f"{settings.hf_model_id} {settings.gguf_file}".strip() if own else given.model,
        engine=given.engine or settings.engine,
        quantize=quantize,
        instance=given.instance if _names_hardware(given) else settings.instance_type,
        context=settings.max_total_tokens if own and given.context is None else given.context,
        region=region,
        token=bool(settings.hf_token_secret or settings.hf_token_parameter),
    )


def _names_a_model(given: Question) -> bool:
    return bool(given.model or given.model_config or given.shape)


def _is_spelling_of(own: str, named: str) -> bool:
    return is_same_model(named, own) and not Path(named).exists()


def _names_hardware(given: Question) -> bool:
    return bool(given.instance or given.gpu or given.gpu_memory_gib)


def _is_whole(given: Question) -> bool:
    """Whether nothing is left to the settings: then what is wrong with them does not matter."""
    return bool(_names_a_model(given) and given.engine and _names_hardware(given))


def _settings() -> "Settings":
    # Imported here: the settings' library takes longer than a plan.
    from slm.settings import load_settings

    return load_settings()


def _plan(request: Request, settings: "Settings | None", price: "Price | None") -> Plan:
    if settings is None:
        return make_plan(request, price=price)
    return make_plan(request, deployment=Deployment.from_settings(settings), price=price)
