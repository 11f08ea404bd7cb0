"""Your own language model behind an API key: on a laptop and in an AWS account.

What runs is in this package (gateway, local twin, command line); what is
deployed is in ``slm_sagemaker``, the only importer of ``aws_cdk``.
"""

__version__ = "0.1.0"
