"""Who used how much: requests, tokens, hours, money, by key and day.

``records`` is what is known of a request; ``local`` and ``deployed`` read records of a twin and
of a stack; ``summary`` adds them up.
"""
