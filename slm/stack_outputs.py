"""Names of the stack's outputs: it writes them, the command line and the docs read them."""

from typing import Final

API_GATEWAY_URL: Final = "ApiGatewayUrl"
"""Base URL, with the stage and a closing slash: the playground."""

OPENAI_BASE_URL: Final = "OpenAiBaseUrl"
"""What OpenAI clients take as ``base_url``."""

INVOKE_ENDPOINT: Final = "InvokeEndpoint"
"""Full URL of ``POST /invoke``."""

API_KEY_ID: Final = "ApiKeyId"
"""Id of the first API key; its value is not in the template."""

GET_API_KEY_COMMAND: Final = "GetApiKeyCommand"
"""Shell command that prints the key's value."""

EXAMPLE_CURL_COMMAND: Final = "ExampleCurlCommand"
"""Shell command that asks the model a question; it fetches the key itself."""

API_GATEWAY_LOGS_ROLE_ARN: Final = "ApiGatewayLogsRoleArn"
"""Role for the account setting that API Gateway's own logs need."""

KEY_SCHEDULES_ROLE_ARN: Final = "KeySchedulesRoleArn"
"""Role of the schedules that end API keys."""

DOMAIN_TARGET: Final = "DomainTarget"
"""What the DNS entry of a domain of one's own points to; there only with such a domain."""

ALL: Final = (
    API_GATEWAY_URL,
    OPENAI_BASE_URL,
    INVOKE_ENDPOINT,
    API_KEY_ID,
    GET_API_KEY_COMMAND,
    EXAMPLE_CURL_COMMAND,
    API_GATEWAY_LOGS_ROLE_ARN,
    KEY_SCHEDULES_ROLE_ARN,
)
"""Those that every stack has."""
