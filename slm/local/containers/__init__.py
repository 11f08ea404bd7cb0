"""What each engine's container takes on ``/invocations``, with llama.cpp doing the work.

A request goes: ``Container`` (``slm.local.container``) → ``Contract.read``, which checks the
body as that engine would and says what llama.cpp is to be asked (``Call``) → llama.cpp →
``AnswerForm``, which gives the answer the engine's form → back. Failures are our own
exceptions inside, and take the engine's form in ``Contract.refusal`` and ``error_event``.
"""

from slm.engines import LLAMA_CPP, TGI, VLLM, Engine, ModelSpec
from slm.local.containers.contract import Contract
from slm.local.containers.llama_cpp import LlamaCppContract
from slm.local.containers.tgi import TgiContract
from slm.local.containers.vllm import VllmContract


def contract_for(engine: Engine, model: ModelSpec) -> Contract:
    """The contract of an engine's container.

    Args:
        engine: The configured engine.
        model: What the container is told about its model.
    """
    contracts: dict[str, Contract] = {
        TGI.name: TgiContract(model),
        VLLM.name: VllmContract(model),
        LLAMA_CPP.name: LlamaCppContract(),
    }
    return contracts[engine.name]
