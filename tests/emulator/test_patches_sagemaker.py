"""Our model of SageMaker's endpoints, their quotas and autoscaling."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator import quotas
from tests.emulator.project import Emulator
from tests.emulator.small_stacks import role, settled, small_stack
from tests.emulator.waiting import until

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:server-sagemaker-cuda-v1"
ROLE = "arn:aws:iam::123456789012:role/any"


@pytest.fixture
def sagemaker(emulator: Emulator) -> Iterator[Any]:
    """The API, with one model that starts and one that does not; nothing of it is left."""
    client = emulator.client("sagemaker")
    for name, hub_id in {"good": "owner/model", "bad": "broken/model"}.items():
        container = {"Image": IMAGE, "Environment": {"SM_VLLM_MODEL": hub_id}}
        client.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    yield client
    for endpoint in client.list_endpoints(NameContains="test-")["Endpoints"]:
        client.delete_endpoint(EndpointName=endpoint["EndpointName"])
    for config in client.list_endpoint_configs(NameContains="test-")["EndpointConfigs"]:
        client.delete_endpoint_config(EndpointConfigName=config["EndpointConfigName"])
    for name in ("good", "bad"):
        client.delete_model(ModelName=name)


def configured(
    client: Any, name: str, *, model: str = "good", instance_type: str = "ml.g5.xlarge"
) -> str:
    """An endpoint configuration; its name."""
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InstanceType": instance_type,
        "InitialInstanceCount": 1,
    }
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def settle(client: Any, name: str) -> dict[str, Any]:
    """An endpoint once it is on its way no more."""

    def at_rest() -> dict[str, Any] | None:
        found = dict(client.describe_endpoint(EndpointName=name))
        return None if found["EndpointStatus"] in ("Creating", "Updating") else found

    return until(at_rest)


def status(client: Any) -> str:
    """Of ``test-endpoint``."""
    return str(client.describe_endpoint(EndpointName="test-endpoint")["EndpointStatus"])


def test_an_endpoint_takes_time_to_come_up(emulator: Emulator, sagemaker: Any) -> None:
    """API_DescribeEndpoint.html: EndpointStatus"""
    config = configured(sagemaker, "test-first")
    with emulator.held_endpoints():
        sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=config)

        assert status(sagemaker) == "Creating"
    assert settle(sagemaker, "test-endpoint")["EndpointStatus"] == "InService"


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"model": "bad"}, "did not pass the ping health check"),
        ({"instance_type": quotas.WITHOUT_CAPACITY}, "InsufficientInstanceCapacity"),
    ],
)
def test_an_endpoint_may_fail_to_come_up(
    sagemaker: Any, choice: dict[str, str], reason: str
) -> None:
    """API_DescribeEndpoint.html: FailureReason"""
    config = configured(sagemaker, "test-failing", **choice)
    sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=config)

    failed = settle(sagemaker, "test-endpoint")

    assert failed["EndpointStatus"] == "Failed"
    assert reason in failed["FailureReason"]


def test_an_update_goes_to_another_configuration(emulator: Emulator, sagemaker: Any) -> None:
    """API_UpdateEndpoint.html"""
    first, second = (configured(sagemaker, f"test-{n}") for n in ("first", "second"))
    with emulator.held_endpoints():
        sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=first)
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            sagemaker.update_endpoint(EndpointName="test-endpoint", EndpointConfigName=second)
    settle(sagemaker, "test-endpoint")

    with emulator.held_endpoints():
        sagemaker.update_endpoint(EndpointName="test-endpoint", EndpointConfigName=second)

        assert status(sagemaker) == "Updating"
    assert settle(sagemaker, "test-endpoint")["EndpointConfigName"] == second


def test_an_update_that_fails_leaves_the_old_fleet(sagemaker: Any) -> None:
    """API_DescribeEndpoint.html: an update that cannot be made rolls back to InService"""
    first = configured(sagemaker, "test-first")
    second = configured(sagemaker, "test-second", model="bad")
    sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=first)
    settle(sagemaker, "test-endpoint")

    sagemaker.update_endpoint(EndpointName="test-endpoint", EndpointConfigName=second)

    found = settle(sagemaker, "test-endpoint")
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", first)
    assert "ping health check" in found["FailureReason"]


def test_a_fleet_over_the_quota_is_refused(sagemaker: Any) -> None:
    """API_CreateEndpoint.html: ResourceLimitExceeded"""
    config = configured(sagemaker, "test-none", instance_type="ml.p5.48xlarge")

    with pytest.raises(ClientError, match=r"ml\.p5\.48xlarge for endpoint usage' is 0") as refused:
        sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=config)

    assert refused.value.response["Error"]["Code"] == "ResourceLimitExceeded"


def test_an_update_needs_quota_for_both_fleets(sagemaker: Any) -> None:
    """deployment-guardrails-blue-green.html: the new fleet comes up beside the old one"""
    first, second = (
        configured(sagemaker, f"test-{n}", instance_type="ml.g5.12xlarge")
        for n in ("first", "second")
    )
    sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=first)
    settle(sagemaker, "test-endpoint")

    with pytest.raises(ClientError, match="current utilization of 1 Instances"):
        sagemaker.update_endpoint(EndpointName="test-endpoint", EndpointConfigName=second)


def test_the_instance_type_of_a_scaled_variant_is_fixed(emulator: Emulator, sagemaker: Any) -> None:
    """endpoint-scaling-update.html"""
    first = configured(sagemaker, "test-first")
    second = configured(sagemaker, "test-second", instance_type="ml.g5.2xlarge")
    sagemaker.create_endpoint(EndpointName="test-endpoint", EndpointConfigName=first)
    settle(sagemaker, "test-endpoint")
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/test-endpoint/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling = emulator.client("application-autoscaling")
    scaling.register_scalable_target(MinCapacity=1, MaxCapacity=2, **target)

    with pytest.raises(ClientError, match="deregistered from automatic scaling"):
        sagemaker.update_endpoint(EndpointName="test-endpoint", EndpointConfigName=second)
    scaling.deregister_scalable_target(**target)
    sagemaker.update_endpoint(EndpointName="test-endpoint", EndpointConfigName=second)

    assert settle(sagemaker, "test-endpoint")["EndpointConfigName"] == second


def test_quotas_are_told_by_service_quotas(emulator: Emulator) -> None:
    """API_ListServiceQuotas.html"""
    client = emulator.client("service-quotas")
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    values = {q["QuotaName"]: q for page in pages for q in page["Quotas"]}
    none = values["ml.p5.48xlarge for endpoint usage"]

    assert none["Value"] == 0
    assert values["ml.g5.xlarge for endpoint usage"]["Value"] == quotas.USUAL
    one = client.get_service_quota(ServiceCode="sagemaker", QuotaCode=none["QuotaCode"])["Quota"]
    assert one["QuotaName"] == none["QuotaName"]
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")


def endpoint_resources(hub_id: str, **variant: Any) -> dict[str, Any]:
    """Model, configuration and endpoint as a template has them."""
    container = {"Image": IMAGE, "Environment": {"SM_VLLM_MODEL": hub_id}}
    return {
        "Role": role(service="sagemaker"),
        "Model": {
            "Type": "AWS::SageMaker::Model",
            "Properties": {
                "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "PrimaryContainer": container,
            },
        },
        "Config": {
            "Type": "AWS::SageMaker::EndpointConfig",
            "Properties": {
                "ProductionVariants": [
                    {
                        "VariantName": "AllTraffic",
                        "ModelName": {"Fn::GetAtt": ["Model", "ModelName"]},
                        "InstanceType": "ml.g5.xlarge",
                        "InitialInstanceCount": "1",
                        **variant,
                    }
                ]
            },
        },
        "Endpoint": {
            "Type": "AWS::SageMaker::Endpoint",
            "Properties": {
                "EndpointName": "test-of-stack",
                "EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]},
            },
        },
    }


def failures(emulator: Emulator, stack_name: str) -> str:
    """The reasons of a stack's failed resources."""
    events = emulator.client("cloudformation").describe_stack_events(StackName=stack_name)
    return "\n".join(
        event["ResourceStatusReason"]
        for event in events["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    )


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        ({"InstanceType": "ml.nothing.large"}, "failed to satisfy constraint"),
        ({"InferenceAmiVersion": "no-such-ami"}, "failed to satisfy constraint"),
        ({"ContainerStartupHealthCheckTimeoutInSeconds": 59}, "less than the minimum|valid min"),
        ({"ContainerStartupHealthCheckTimeoutInSeconds": 3601}, "less than or equal to 3600"),
        ({"NoSuchProperty": 1}, "Unknown parameter"),
    ],
)
def test_properties_are_those_of_the_api(
    emulator: Emulator, variant: dict[str, Any], reason: str
) -> None:
    """API_ProductionVariant.html, as botocore has it"""
    resources = endpoint_resources("owner/model", **variant)

    with small_stack(emulator, "Checked", resources) as stack:
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert re.search(reason, failures(emulator, "Checked"))


def test_a_failed_endpoint_goes_with_the_rollback(emulator: Emulator) -> None:
    """stack-failure-options.html"""
    with small_stack(emulator, "RollsBack", endpoint_resources("broken/model")) as stack:
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert "did not stabilize" in failures(emulator, "RollsBack")
        assert emulator.client("sagemaker").list_endpoints()["Endpoints"] == []


def test_without_a_rollback_a_failed_endpoint_can_be_looked_at(emulator: Emulator) -> None:
    """stack-failure-options.html"""
    sagemaker = emulator.client("sagemaker")
    resources = endpoint_resources("broken/model")
    with small_stack(emulator, "Stays", resources, DisableRollback=True) as stack:
        assert stack["StackStatus"] == "CREATE_FAILED"
        found = sagemaker.describe_endpoint(EndpointName="test-of-stack")
        assert found["EndpointStatus"] == "Failed"

    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []


def test_a_changed_configuration_replaces_and_updates_in_place(emulator: Emulator) -> None:
    """aws-resource-sagemaker-endpoint.html: EndpointConfigName, update requires no interruption"""
    sagemaker, cloudformation = (emulator.client(n) for n in ("sagemaker", "cloudformation"))
    with small_stack(emulator, "Changes", endpoint_resources("owner/model")):
        before = sagemaker.describe_endpoint(EndpointName="test-of-stack")
        changed = endpoint_resources("owner/model", InstanceType="ml.g5.2xlarge")
        cloudformation.update_stack(
            StackName="Changes",
            TemplateBody=json.dumps({"Resources": changed}),
            Capabilities=["CAPABILITY_IAM"],
        )
        assert settled(emulator, "Changes")["StackStatus"] == "UPDATE_COMPLETE"
        after = sagemaker.describe_endpoint(EndpointName="test-of-stack")
        (config,) = sagemaker.list_endpoint_configs()["EndpointConfigs"]

    assert after["CreationTime"] == before["CreationTime"]
    assert after["EndpointConfigName"] == config["EndpointConfigName"]
    assert after["EndpointConfigName"] != before["EndpointConfigName"]
