"""Why does it not work? Evidence, causes, and what mends them.

Evidence is gathered as lines by source: ``stack_evidence``, ``hub_evidence`` and ``twin_evidence``
look by themselves, ``pasted`` and ``json_forms`` read what somebody gives. ``scan`` reads every
line once, notes which signs of the ``knowledge`` it holds, and how far the model server had come
by then. ``infer`` ranks the causes: signs add up, facts that speak against a cause take from it,
and a cause explains away what follows from it. Where no sign is known, ``guess`` goes by the
words of what failed. ``answer`` is the result in words and in JSON.
Nothing here changes anything in AWS.
"""
