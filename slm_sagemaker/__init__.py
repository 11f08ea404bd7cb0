"""What is deployed: the CDK stack. The only importer of ``aws_cdk``.

``app.py`` -> ``SlmSagemakerStack`` (wires, tags, outputs) -> ``SageMakerConstruct`` (the
model behind an endpoint) and ``ApiConstruct`` (keys and limits before the gateway function,
whose code ``bundling`` packs from ``slm`` and ``lambda/invoke_sagemaker``).
"""
