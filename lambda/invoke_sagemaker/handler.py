"""What the function runs: the gateway, told by its environment what it stands before."""

import os

from slm.gateway.app import create_app
from slm.gateway.backend import SageMakerBackend
from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm.gateway.dynamodb_ledger import DynamoDbLedger
from slm.gateway.request_log import configure_logging

config = GatewayConfig.from_json(os.environ[ENVIRONMENT_VARIABLE])
configure_logging(config.log_level)
app = create_app(
    config,
    SageMakerBackend.from_environment(config.endpoint_name),
    DynamoDbLedger.from_environment(config.tokens_table) if config.tokens_table else None,
)
