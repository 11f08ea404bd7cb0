"""Limits that AWS sets, and the ones we set because of them.

Every constant says its unit in its name. AWS limits name the page they were
read from; our own limits say which AWS limit makes them necessary.
"""

from typing import Final

# --- Body sizes -----------------------------------------------------------------

API_GATEWAY_MAX_BODY_BYTES: Final = 10 * 1024 * 1024
"""Largest request API Gateway takes (Amazon API Gateway quotas, "Payload size", 2026-11-23)."""

API_GATEWAY_MAX_HEAD_BYTES: Final = 10_240
"""Request line and header values together (Amazon API Gateway quotas, "Total combined size of
request line and header values", 2026-11-23)."""

LAMBDA_MAX_EVENT_BYTES: Final = 6 * 1024 * 1024
"""Largest synchronous Lambda event (AWS Lambda quotas, "Invocation payload", 2026-11-23)."""

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""Largest request body we take: the event carries it as an escaped string, which must
stay below LAMBDA_MAX_EVENT_BYTES."""

INVOKE_ENDPOINT_MAX_BODY_BYTES: Final = 25 * 1024 * 1024
"""Largest body a real-time endpoint takes ("Use your own inference code", SageMaker developer
guide, 2026-11-23; the API reference still has the 6 MB of earlier years)."""

MAX_JSON_DEPTH: Final = 64
"""Deepest nesting taken in a request: model servers parse schemas recursively."""

MAX_SCHEMA_BYTES: Final = 64 * 1024
MAX_SCHEMA_PROPERTIES: Final = 200
MAX_SCHEMA_VALUES: Final = 500
MAX_PATTERN_OPTIONAL_PARTS: Final = 100
"""Size of a JSON Schema in a request: a model server compiles it before it generates, and
llama.cpp goes on with that when the client has left."""

# --- Time -----------------------------------------------------------------------

INVOKE_ENDPOINT_TIMEOUT_S: Final = 60
"""SageMaker cuts a plain InvokeEndpoint here (API_runtime_InvokeEndpoint, 2026-11-23)."""

INVOKE_ENDPOINT_STREAM_TIMEOUT_S: Final = 480
"""SageMaker cuts InvokeEndpointWithResponseStream here: 8 minutes
(API_runtime_InvokeEndpointWithResponseStream, 2026-11-23)."""

API_GATEWAY_IDLE_TIMEOUT_S: Final = 300
"""A streaming integration of a REGIONAL API may be silent this long
("Stream the integration response", API Gateway developer guide, 2026-11-23)."""

WHOLE_ANSWER_TIMEOUT_S: Final = 280
"""Longest wait for an answer that is not streamed: nothing is sent before it is complete,
so it must end inside API_GATEWAY_IDLE_TIMEOUT_S."""

STREAM_TIMEOUT_S: Final = 470
"""Longest streamed answer: ends with an error event inside INVOKE_ENDPOINT_STREAM_TIMEOUT_S."""

FUNCTION_TIMEOUT_S: Final = 480
"""Lambda timeout: above STREAM_TIMEOUT_S, so that the gateway has the last word."""

INTEGRATION_TIMEOUT_S: Final = 490
"""API Gateway's integration timeout: above FUNCTION_TIMEOUT_S (15 min is the most it takes)."""

KEEP_ALIVE_INTERVAL_S: Final = 15
"""A stream sends a comment line after this much silence; the status is held back until the
first event or until this much time has passed, so that early errors keep their status."""

REQUEST_BODY_TIMEOUT_S: Final = 30
"""A client must have sent its whole body by then. API Gateway buffers slow bodies before the
function sees them; the local gateway has only this guard."""

REQUEST_HEAD_TIMEOUT_S: Final = 10
"""The same for request line and headers: a few hundred bytes that clients send at once."""

HEALTH_CACHE_S: Final = 10
"""How long one DescribeEndpoint answers ``GET /health``."""

# --- Containers -----------------------------------------------------------------

MIN_STARTUP_TIMEOUT_S: Final = 600
MAX_STARTUP_TIMEOUT_S: Final = 3600
"""ContainerStartupHealthCheckTimeoutInSeconds takes 60..3600 (API_ProductionVariant,
2026-11-23); below ten minutes an 8B download does not finish."""

CONTAINER_MAX_CONCURRENT_REQUESTS: Final = 128
"""Requests a model container holds at once before it answers "overloaded"
(text-generation-launcher ``--max-concurrent-requests``, default 128, TGI 3.3.6)."""

# --- API Gateway ----------------------------------------------------------------

MAX_RATE_LIMIT: Final = 10_000
MAX_BURST_LIMIT: Final = 5_000
"""Account-level throttle of a region: a plan above it has no effect
(Amazon API Gateway quotas, "Throttle quota per account", 2026-11-23)."""

MIN_API_KEY_CHARS: Final = 20
MAX_API_KEY_CHARS: Final = 128
"""Length of a key value that is set at creation (API_CreateApiKey, 2026-11-23)."""

GATEWAY_CONFIG_MAX_BYTES: Final = 4096
"""All environment variables of a function together (AWS Lambda quotas, 2026-11-23)."""

MIN_WAF_RATE_LIMIT: Final = 10
"""Least requests per address and evaluation window of a rate-based rule
(API_RateBasedStatement, ``Limit``, 2026-11-24)."""
