"""What an operator does with a stack, without a word to the terminal: ``slm.cli`` says what they
return.

A deploy: ``preflight`` makes the ``checks``, ``deployment`` turns it into steps and does them,
``cdk`` runs the CDK, ``stack_operation`` watches CloudFormation, ``failure`` explains how it
ended. ``running`` stops and starts, ``destroy`` deletes, ``leftovers`` finds what the template
does not know, ``fleet``, ``billing``, ``clock`` and ``costs`` say what is there and what it costs,
``smoke`` tests an API, ``model_files`` and ``upload`` bring a model into S3. AWS is asked through
``slm.aws``.
"""
