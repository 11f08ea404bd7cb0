"""The stack's outputs, each ready to be pasted."""

import json
from typing import Final

import aws_cdk as cdk

from slm import routes, stack_outputs
from slm_sagemaker.constructs.api_construct import ApiConstruct
from slm_sagemaker.constructs.key_schedules import KeySchedules

_EXAMPLE_BODY: Final = {
    "prompt": "What is the capital of France?",
    "parameters": {"max_new_tokens": 512, "temperature": 0.7, "top_p": 0.9},
}


def add_outputs(stack: cdk.Stack, api: ApiConstruct, key_schedules: KeySchedules) -> None:
    """Write all of ``slm.stack_outputs``."""
    base = f"https://{api.domain_name}/" if api.domain_name else api.api.url_for_path("/")
    invoke = f"{base}{routes.INVOKE.path.removeprefix('/')}"
    get_key = (
        f"aws apigateway get-api-key --api-key {api.api_key.key_id} --include-value "
        f"--query value --output text --region {stack.region}"
    )
    curl = (
        f"curl -X POST {invoke} -H 'Content-Type: application/json' "
        f"-H \"x-api-key: $({get_key})\" -d '{json.dumps(_EXAMPLE_BODY)}'"
    )
    values = {
        stack_outputs.API_GATEWAY_URL: (
            base,
            "Base URL of the API; a browser shows the playground",
        ),
        stack_outputs.OPENAI_BASE_URL: (f"{base}v1", "base_url for OpenAI clients"),
        stack_outputs.INVOKE_ENDPOINT: (invoke, "URL of POST /invoke"),
        stack_outputs.API_KEY_ID: (api.api_key.key_id, "Id of the first API key"),
        stack_outputs.GET_API_KEY_COMMAND: (get_key, "Prints the first API key"),
        stack_outputs.EXAMPLE_CURL_COMMAND: (curl, "Asks the model a question"),
        stack_outputs.API_GATEWAY_LOGS_ROLE_ARN: (
            api.logs_role.role_arn,
            "Role for the account's CloudWatch setting, which API Gateway's logs need",
        ),
        stack_outputs.KEY_SCHEDULES_ROLE_ARN: (
            key_schedules.role.role_arn,
            "Role of the schedules that end API keys; slm keys uses it",
        ),
    }
    for name, (value, description) in values.items():
        cdk.CfnOutput(stack, name, value=value, description=description)
