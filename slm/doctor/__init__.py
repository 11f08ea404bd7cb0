"""Why does it not work? Evidence, causes, and what mends them.

Evidence is gathered (``gather``: a stack and its logs; ``pasted``: a file) as lines by source.
``scan`` reads every line once, notes which signs of the knowledge it holds, and how far the model
server had come by then. ``diagnosis`` ranks the causes: signs add up, facts that speak against a
cause take from it, and a cause explains away what follows from it. ``answer`` is the result in
words and in JSON. Nothing here changes anything in AWS.
"""
