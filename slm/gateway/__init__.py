"""The API itself: one ASGI app, run by Lambda in AWS and by the local twin on a laptop.

A request's way: ``app`` (routes, errors) -> ``middleware`` (body, hang-ups) ->
``invoke`` or ``openai_api`` (one module per family of routes) -> ``requests`` (validation
against the configured engine) -> ``backend`` (SageMaker runtime, event stream) ->
``answers`` (assembled whole) or ``streaming`` (events as they come).
"""
