"""The container definition: image, environment and weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from slm.containers import TOKEN_VARIABLE
from slm.engines import Engine, ModelSpec
from slm.settings import Settings
from slm_sagemaker.regions import Regions

_REGISTRY: Final = ".dkr.ecr."


@dataclass(frozen=True)
class ModelContainer:
    """What runs in the endpoint.

    Attributes:
        engine: Model server.
        model: What it serves.
        image_uri: Another image than the engine's own; empty for that.
        environment: More environment variables.
        hf_token_secret: Secrets Manager secret that holds the Hub's token; empty for none.
        hf_token_parameter: SSM parameter that holds it; empty for none.
        model_data_url: Archive or prefix in S3 that holds the weights; empty for the Hub.
    """

    engine: Engine
    model: ModelSpec
    image_uri: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    hf_token_secret: str = ""
    hf_token_parameter: str = ""
    model_data_url: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> "ModelContainer":
        """What the settings ask for."""
        return cls(
            engine=settings.engine_facts,
            model=settings.model_spec(),
            image_uri=settings.image_uri,
            environment=settings.container_environment,
            hf_token_secret=settings.hf_token_secret,
            hf_token_parameter=settings.hf_token_parameter,
            model_data_url=settings.model_data_url,
        )

    def repository_arn(self, scope: Construct, instance_type: str) -> str:
        """ARN of the image's repository."""
        stack = cdk.Stack.of(scope)
        if self.image_uri:
            registry, _, repository = self.image_uri.partition("/")
            account, _, host = registry.partition(_REGISTRY)
            return stack.format_arn(
                service="ecr",
                account=account,
                region=host.partition(".")[0],
                resource="repository",
                resource_name=repository.partition("@")[0].partition(":")[0],
            )
        return stack.format_arn(
            service="ecr",
            account=Regions.of(scope).image_account,
            resource="repository",
            resource_name=self.engine.container.image(instance_type).repository,
        )

    def definition(
        self, scope: Construct, instance_type: str
    ) -> sagemaker.CfnModel.ContainerDefinitionProperty:
        """What the model resource is told.

        Raises:
            UnsupportedInstance: The engine does not run on that instance.
        """
        environment = {
            **self.engine.container.environment(self.model, instance_type),
            **self.environment,
        }
        token = self._token()
        if token:
            environment[TOKEN_VARIABLE] = token
        data_url, source = self._model_data()
        return sagemaker.CfnModel.ContainerDefinitionProperty(
            image=self._image(scope, instance_type),
            environment=environment,
            model_data_url=data_url,
            model_data_source=source,
        )

    def inference_ami(self, instance_type: str) -> str | None:
        """Host image of the endpoint's variant; None to leave it to SageMaker.

        That of the engine for another image too: it is the same engine's, pinned or mirrored.

        Raises:
            UnsupportedInstance: The engine does not run on that instance.
        """
        return self.engine.container.image(instance_type).inference_ami

    def _image(self, scope: Construct, instance_type: str) -> str:
        if self.image_uri:
            return self.image_uri
        stack = cdk.Stack.of(scope)
        image = self.engine.container.image(instance_type)
        account = Regions.of(scope).image_account
        return (
            f"{account}{_REGISTRY}{stack.region}.{stack.url_suffix}/{image.repository}:{image.tag}"
        )

    def _token(self) -> str:
        """A dynamic reference: CloudFormation reads the token while it deploys, so that it
        stands in no template (CloudFormation guide, "Get values stored in other services").
        """
        if self.hf_token_secret:
            return f"{{{{resolve:secretsmanager:{self.hf_token_secret}}}}}"
        if self.hf_token_parameter:
            return f"{{{{resolve:ssm:{self.hf_token_parameter}}}}}"
        return ""

    def _model_data(
        self,
    ) -> tuple[str | None, sagemaker.CfnModel.ModelDataSourceProperty | None]:
        """An archive is unpacked by SageMaker; files below a prefix are loaded as they are."""
        if not self.model_data_url.endswith("/"):
            return self.model_data_url or None, None
        return None, sagemaker.CfnModel.ModelDataSourceProperty(
            s3_data_source=sagemaker.CfnModel.S3DataSourceProperty(
                s3_uri=self.model_data_url, s3_data_type="S3Prefix", compression_type="None"
            )
        )
