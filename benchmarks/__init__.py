"""What ``make bench`` runs: this project beside a bare llama.cpp server and other gateways.

``run`` measures and writes ``results/*.json``; ``report`` makes ``docs/performance.md`` and its
pictures of them. The load comes from ``slm.bench``, the same that ``slm bench`` uses.
"""
