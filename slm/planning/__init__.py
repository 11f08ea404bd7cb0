"""Will it fit, how fast will it be, what will it cost: arithmetic, before a cent is spent.

The way of a question: ``answer.answer`` takes the options of ``slm plan`` (``ask.Question``), fills
in from the settings what they leave out, and asks AWS if it is told to (``account``);
``ask.request_of`` makes it a ``request.Request`` of shapes and numbers; ``plan.make_plan`` answers
that with a ``plan.Plan``. ``slm deploy`` asks ``plan.plan_of_settings``, and refuses a plan that
does not fit. Whether weights fit some GPUs is ``plan.memory.weights`` beside
``plan.memory.available``.

``models``, ``model_names``, ``model_config``, ``gguf`` and ``hub`` say what is known of a model,
``hardware`` of a GPU, ``formats`` what a weight weighs. ``engine_memory`` (of ``vllm_memory`` and
``tgi_memory``, in the words of ``memory_policy``) is how an engine goes about a GPU, ``memory``
divides it; ``compatibility`` is what an engine refuses whatever the memory; ``problems`` puts both
together, each an ``obstacle.Obstacle``. ``timing`` says how long a step takes by the factors of
``engine_speed``, ``speed`` what follows from it; ``cost`` does the rest, and ``regions`` says what
a price is worth elsewhere. ``docs/planning.md`` derives each formula and shows how it fares against
published measurements.
"""
