"""The deployed system on loopback: a real ``cdk deploy`` without an AWS account.

::

    cdk, boto3, slm ──> emulator ──┬─> ministack   CloudFormation, API Gateway, Lambda, logs ...
                        one URL    ├─> moto        SageMaker, autoscaling
                                   └─> the twin's SageMaker runtime, with the real small model

``launcher`` starts it all; ``front`` tells the services apart; ``patches`` and ``resources``
bring what ministack and moto lack, each a small model of one page of AWS's documentation.
``docs/emulator.md`` lists them, and what no emulator can prove.
"""
