"""API keys: made, limited, rotated and revoked without a deploy.

``store`` says what can be done with keys, ``local`` does it for the twin, ``deployed`` for a
stack; commands know only the first. ``docs/keys.md`` is for those who use them.
"""
