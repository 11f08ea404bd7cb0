"""Will it fit, how fast will it be, what will it cost: arithmetic, before a cent is spent.

``plan.make_plan`` answers for one request; ``plan.plan_of_settings`` for the settings, as
``slm deploy`` asks. ``models`` and ``hardware`` say what is known of model and GPU, ``formats``
what a weight weighs, ``memory`` whether it fits, ``compatibility`` what an engine refuses,
``speed`` and ``cost`` the rest. ``docs/planning.md`` derives each formula and shows how it fares
against published measurements.
"""
