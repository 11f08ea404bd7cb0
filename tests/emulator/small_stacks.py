"""Templates with just what one test needs, deployed without CDK."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from tests.emulator.environment import REGION
from tests.emulator.project import Emulator
from tests.emulator.waiting import until
from tests.emulator.web_adapter import LAYER

BUCKET: Final = "small-functions"
KEY: Final = "function.zip"
STAGE: Final = "live"

_CODE: Final = Path(__file__).parent / "small_function"
_WAIT: Final = {"Delay": 0.1, "MaxAttempts": 300}

Resources = Mapping[str, Any]


@contextmanager
def small_stack(
    emulator: Emulator, name: str, resources: Resources, **options: Any
) -> Iterator[dict[str, Any]]:
    """A stack of these resources; its description, once it is complete or has failed."""
    cloudformation = emulator.client("cloudformation")
    body = json.dumps({"Resources": resources} | options.pop("sections", {}))
    cloudformation.create_stack(
        StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"], **options
    )
    try:
        yield settled(emulator, name)
    finally:
        cloudformation.delete_stack(StackName=name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=_WAIT)


def settled(emulator: Emulator, name: str) -> dict[str, Any]:
    """A stack once nothing is in progress."""
    return until(lambda: _at_rest(emulator.stack(name)))


def _at_rest(stack: dict[str, Any]) -> dict[str, Any] | None:
    return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack


def physical_ids(emulator: Emulator, name: str) -> dict[str, str]:
    """Logical id -> physical id."""
    found = emulator.client("cloudformation").describe_stack_resources(StackName=name)
    return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found["StackResources"]}


def api_with_function() -> Resources:
    """An API whose one function streams; ``/plain`` wants no key, ``/keyed`` wants one."""
    return {
        "Role": role({"Action": "logs:*", "Effect": "Allow", "Resource": "*"}),
        "Function": _function("run.sh", Layers=[layer_arn()], Environment=_environment()),
        "AuthorizerFunction": _function("authorizer.handler"),
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "small", "ApiKeySourceType": "AUTHORIZER"},
        },
        "Authorizer": {
            "Type": "AWS::ApiGateway::Authorizer",
            "Properties": {
                "Name": "small",
                "RestApiId": {"Ref": "Api"},
                "Type": "REQUEST",
                "IdentitySource": "",
                "AuthorizerResultTtlInSeconds": 0,
                "AuthorizerUri": _uri("AuthorizerFunction", "invocations"),
            },
        },
        "Plain": _resource("{proxy+}"),
        "PlainMethod": _method("Plain"),
        "Keyed": _resource("keyed"),
        "KeyedMethod": _method(
            "Keyed",
            ApiKeyRequired=True,
            AuthorizationType="CUSTOM",
            AuthorizerId={"Ref": "Authorizer"},
        ),
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": ["PlainMethod", "KeyedMethod"],
            "Properties": {"RestApiId": {"Ref": "Api"}},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": "Deployment"},
                "StageName": STAGE,
            },
        },
        "Key": {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Enabled": True}},
        "Plan": {
            "Type": "AWS::ApiGateway::UsagePlan",
            "DependsOn": "Stage",
            "Properties": {
                "ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": STAGE}],
                "Quota": {"Limit": 1000, "Period": "DAY"},
            },
        },
        "PlanKey": {
            "Type": "AWS::ApiGateway::UsagePlanKey",
            "Properties": {
                "KeyId": {"Ref": "Key"},
                "KeyType": "API_KEY",
                "UsagePlanId": {"Ref": "Plan"},
            },
        },
    }


def upload_function(emulator: Emulator) -> None:
    """Put the function's code where the templates look for it."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path in _CODE.glob("*.*"):
            file.write(path, path.name)
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=archive.getvalue())


def role(*statements: Mapping[str, Any], service: str = "lambda") -> Any:
    """A role with a policy of its own."""
    principal = {"Service": f"{service}.amazonaws.com"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [
                {
                    "PolicyName": "own",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
                }
            ],
        },
    }


def layer_arn() -> str:
    """The adapter's layer."""
    return f"arn:aws:lambda:{REGION}:753240598075:layer:{LAYER}Arm64:30"


def _environment() -> Any:
    return {"Variables": {"AWS_LWA_READINESS_CHECK_PATH": "/ready"}}


def _function(handler: str, **properties: Any) -> Any:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": BUCKET, "S3Key": KEY},
            "Handler": handler,
            "Runtime": "python3.14",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            **properties,
        },
    }


def _resource(path: str) -> Any:
    return {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "PathPart": path,
        },
    }


def _method(resource: str, **properties: Any) -> Any:
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Ref": resource},
            "HttpMethod": "ANY",
            "AuthorizationType": "NONE",
            "Integration": {
                "Type": "AWS_PROXY",
                "IntegrationHttpMethod": "POST",
                "ResponseTransferMode": "STREAM",
                "TimeoutInMillis": 60000,
                "Uri": _uri("Function", "response-streaming-invocations", "2021-11-15"),
            },
            **properties,
        },
    }


def _uri(function: str, operation: str, version: str = "2015-03-31") -> Any:
    path = f"arn:aws:apigateway:{REGION}:lambda:path/{version}/functions/"
    return {"Fn::Join": ["", [path, {"Fn::GetAtt": [function, "Arn"]}, f"/{operation}"]]}
