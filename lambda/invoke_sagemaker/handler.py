"""What the function runs: the gateway, told by its environment what it stands before."""

import os

from slm.gateway.app import create_app
from slm.gateway.backend import SageMakerBackend
from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig

config = GatewayConfig.from_json(os.environ[ENVIRONMENT_VARIABLE])
app = create_app(config, SageMakerBackend.from_environment(config.endpoint_name))
