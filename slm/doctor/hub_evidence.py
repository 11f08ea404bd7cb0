"""What the Hub says of a model's repository: is it there, is it gated?"""

from typing import Final

from slm.doctor.evidence import Evidence
from slm.doctor.sources import Source

HUB: Final = "https://huggingface.co"
_TIMEOUT_S: Final = 4.0


def ask_hub(evidence: Evidence, *, hub: str = HUB) -> None:
    """Add what the Hub says of the context's model; only for a case that failed.

    Args:
        evidence: The case.
        hub: The Hub's address.
    """
    model = evidence.context.model
    if model.count("/") != 1 or model.startswith("/"):
        return
    # Imported here: it takes longer than most evidence.
    import httpx

    try:
        answer = httpx.get(f"{hub}/api/models/{model}", timeout=_TIMEOUT_S, follow_redirects=True)
        facts = answer.json()
    except (httpx.HTTPError, ValueError):
        evidence.unseen.append(f"The Hub's page of {model}: it cannot be reached from here.")
        return
    evidence.seen.append(f"the Hub's page of {model}")
    if answer.status_code in (401, 404):
        evidence.add(
            Source.EVENT, [f"{model} on the Hub: repository not found for url {answer.url}"]
        )
    elif isinstance(facts, dict) and facts.get("gated") and not _has_token(evidence):
        evidence.add(
            Source.EVENT, [f"{model} on the Hub: a gated repo, and the container has no token."]
        )


def _has_token(evidence: Evidence) -> bool:
    return any("TOKEN" in name.upper() for name in evidence.context.environment)
