"""The endpoint in the template: permissions, container, and what an update may change."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from slm.engines import ENGINES, ModelSpec
from slm.instances import UnsupportedInstance
from slm.stack_parameters import ENDPOINT_RUNNING
from slm_sagemaker.constructs.autoscaling import VARIANT, Scaling
from slm_sagemaker.constructs.model_container import ModelContainer
from slm_sagemaker.constructs.network import Network, NetworkConstruct
from slm_sagemaker.constructs.running import RunningSwitch
from slm_sagemaker.constructs.sagemaker_construct import Fleet, SageMakerConstruct
from slm_sagemaker.regions import UnsupportedRegion
from tests.unit.cdk_helpers import Template, new_app, only, statements, template_of, text

MODEL = ModelSpec(
    hf_model_id="acme/model",
    served_model_name="acme",
    quantize="",
    gguf_file="",
    max_input_tokens=1000,
    max_total_tokens=2000,
)


def build(
    region: str | None = "eu-west-2",
    *,
    container: dict[str, Any] | None = None,
    fleet: dict[str, Any] | None = None,
    network: Network | None = None,
    **changes: Any,
) -> Template:
    """A stack with just the endpoint, and a role that may invoke it."""
    stack = cdk.Stack(new_app(), "Test", env=cdk.Environment(region=region))
    endpoint = SageMakerConstruct(
        stack,
        "SageMaker",
        **{
            "endpoint_name": "My-Endpoint",
            "container": ModelContainer(
                **{"engine": ENGINES["tgi"], "model": MODEL} | (container or {})
            ),
            "fleet": Fleet(
                **{
                    "instance_type": "ml.g5.xlarge",
                    "initial_instance_count": 2,
                    "startup_timeout_s": 900,
                }
                | (fleet or {})
            ),
            "running": RunningSwitch(stack).condition,
            "log_retention_days": 7,
            "network": NetworkConstruct(stack, "Network", network) if network else None,
        }
        | changes,
    )
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    endpoint.grant_invoke(caller)
    return template_of(stack)


def allowed(template: Template, role_prefix: str) -> dict[str, tuple[str, Any]]:
    """Action -> resource and condition, for the role whose logical id starts so."""
    [role] = [
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role" and logical_id.startswith(role_prefix)
    ]
    found = {}
    for statement in statements(template, role):
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert action not in found
            found[action] = (text(statement["Resource"]), statement.get("Condition"))
    return found


def test_the_container_may_be_pulled_and_write_its_log_and_metrics_and_no_more() -> None:
    template = build()
    log_group_id, _ = only(template, "AWS::Logs::LogGroup")
    repository = (
        "arn:aws:ecr:eu-west-2:763104351884:repository/"
        f"{ENGINES['tgi'].container.image('ml.g5.xlarge').repository}"
    )
    log = f"${{{log_group_id}.Arn}}"
    assert allowed(template, "SageMakerRole") == {
        "ecr:BatchCheckLayerAvailability": (repository, None),
        "ecr:BatchGetImage": (repository, None),
        "ecr:GetDownloadUrlForLayer": (repository, None),
        "ecr:GetAuthorizationToken": ("*", None),
        "logs:CreateLogGroup": (log, None),
        "logs:CreateLogStream": (log, None),
        "logs:DescribeLogStreams": (log, None),
        "logs:PutLogEvents": (log, None),
        "cloudwatch:PutMetricData": (
            "*",
            {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
        ),
    }


def test_only_sagemaker_may_take_the_containers_role() -> None:
    role = next(
        resource["Properties"]
        for logical_id, resource in build()["Resources"].items()
        if logical_id.startswith("SageMakerRole")
    )
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
        }
    ]
    assert "ManagedPolicyArns" not in role


def test_grant_invoke_covers_this_endpoint_by_the_arn_that_iam_compares() -> None:
    arn = "arn:aws:sagemaker:eu-west-2:${AWS::AccountId}:endpoint/my-endpoint"
    assert allowed(build(), "Caller") == {
        "sagemaker:DescribeEndpoint": (arn, None),
        "sagemaker:InvokeEndpoint": (arn, None),
        "sagemaker:InvokeEndpointWithResponseStream": (arn, None),
    }


@pytest.mark.parametrize(
    ("engine_name", "instance_type"),
    [
        ("tgi", "ml.g5.xlarge"),
        ("vllm", "ml.g5.xlarge"),
        ("llama.cpp", "ml.g5.xlarge"),
        ("llama.cpp", "ml.c6i.2xlarge"),
        ("llama.cpp", "ml.c7g.2xlarge"),
    ],
)
def test_the_container_is_what_the_engine_says(engine_name: str, instance_type: str) -> None:
    engine = ENGINES[engine_name]
    template = build(container={"engine": engine}, fleet={"instance_type": instance_type})
    _, model = only(template, "AWS::SageMaker::Model")
    _, config = only(template, "AWS::SageMaker::EndpointConfig")
    image = engine.container.image(instance_type)
    assert text(model["PrimaryContainer"]["Image"]) == (
        "763104351884.dkr.ecr.eu-west-2.${AWS::URLSuffix}/" f"{image.repository}:{image.tag}"
    )
    assert model["PrimaryContainer"]["Environment"] == engine.container.environment(
        MODEL, instance_type
    )
    [variant] = config["ProductionVariants"]
    assert variant.get("InferenceAmiVersion") == image.inference_ami


def test_an_instance_that_the_engine_cannot_use_is_refused() -> None:
    with pytest.raises(UnsupportedInstance, match=r"ml\.c6i\.2xlarge.*tgi"):
        build(fleet={"instance_type": "ml.c6i.2xlarge"})


def test_the_variant() -> None:
    _, config = only(build(), "AWS::SageMaker::EndpointConfig")
    [variant] = config["ProductionVariants"]
    assert variant["VariantName"] == VARIANT == "AllTraffic"
    assert variant["InstanceType"] == "ml.g5.xlarge"
    assert variant["InitialInstanceCount"] == 2
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == 900


def test_the_containers_log_is_the_stacks_and_ends() -> None:
    template = build()
    log_group_id, log_group = only(template, "AWS::Logs::LogGroup")
    assert log_group["LogGroupName"] == "/aws/sagemaker/Endpoints/My-Endpoint"
    assert log_group["RetentionInDays"] == 7
    assert template["Resources"][log_group_id]["DeletionPolicy"] == "Delete"
    endpoint_id, _ = only(template, "AWS::SageMaker::Endpoint")
    assert log_group_id in template["Resources"][endpoint_id]["DependsOn"]


@pytest.mark.parametrize(
    "change",
    [
        {"fleet": {"instance_type": "ml.g6.2xlarge"}},
        {"fleet": {"initial_instance_count": 1}},
        {"container": {"model": ModelSpec("other/model", "other", "", "", 10, 20)}},
        {"container": {"engine": ENGINES["vllm"]}},
        {"fleet": {"startup_timeout_s": 3600}},
    ],
    ids=lambda change: next(iter(next(iter(change.values())))),
)
def test_an_update_keeps_the_endpoint_and_every_logical_id(change: dict[str, Any]) -> None:
    before, after = build(), build(**change)
    assert set(before["Resources"]) == set(after["Resources"])
    assert only(before, "AWS::SageMaker::Endpoint") == only(after, "AWS::SageMaker::Endpoint")
    assert before["Resources"] != after["Resources"]


def test_model_and_config_have_no_name_of_their_own() -> None:
    template = build()
    model_id, model = only(template, "AWS::SageMaker::Model")
    config_id, config = only(template, "AWS::SageMaker::EndpointConfig")
    _, endpoint = only(template, "AWS::SageMaker::Endpoint")
    assert "ModelName" not in model
    assert "EndpointConfigName" not in config
    assert text(config["ProductionVariants"][0]["ModelName"]) == f"${{{model_id}.ModelName}}"
    assert text(endpoint["EndpointConfigName"]) == f"${{{config_id}.EndpointConfigName}}"
    assert endpoint["EndpointName"] == "My-Endpoint"


@pytest.mark.parametrize(
    ("region", "account"),
    [
        ("us-east-1", "763104351884"),
        ("eu-south-1", "692866216735"),  # an account of its own, from CDK's facts
        ("af-south-1", "626614931356"),  # one that CDK's facts lack
        ("cn-north-1", "727897471807"),
    ],
)
def test_the_images_account_differs_by_region(region: str, account: str) -> None:
    _, model = only(build(region), "AWS::SageMaker::Model")
    assert text(model["PrimaryContainer"]["Image"]).startswith(f"{account}.dkr.ecr.{region}.")


def test_with_an_open_region_the_account_is_looked_up_at_deployment() -> None:
    template = build(None)
    _, model = only(template, "AWS::SageMaker::Model")
    assert text(model["PrimaryContainer"]["Image"]).startswith(
        "${imageAccount of ${AWS::Region}}.dkr.ecr.${AWS::Region}."
    )
    [accounts] = template["Mappings"].values()
    assert accounts["eu-south-1"]["imageAccount"] == "692866216735"


def test_a_region_without_the_images_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedRegion, match=r"us-gov-west-1: .*not published.*us-east-1"):
        build("us-gov-west-1")


NETWORK = Network("vpc-0a1b2c3d", ["subnet-0a1b2c3d"])
KEY = "arn:aws:kms:eu-west-2:123456789012:key/mine"


def container_of(template: Template) -> dict[str, Any]:
    return dict(only(template, "AWS::SageMaker::Model")[1]["PrimaryContainer"])


def test_the_endpoint_exists_while_it_is_to_run_and_nothing_refers_to_it() -> None:
    template = build()
    endpoint_id, _ = only(template, "AWS::SageMaker::Endpoint")
    condition = template["Resources"][endpoint_id]["Condition"]
    assert template["Conditions"][condition] == {"Fn::Equals": [{"Ref": ENDPOINT_RUNNING}, "true"]}
    others = {k: v for k, v in template["Resources"].items() if k != endpoint_id}
    assert endpoint_id not in json.dumps(others)
    assert endpoint_id not in json.dumps(template.get("Outputs", {}))


def test_scaling_comes_and_goes_with_the_endpoint() -> None:
    template = build(fleet={"scaling": Scaling(1, 3, 8, 600, 120)})
    endpoint_id, endpoint = only(template, "AWS::SageMaker::Endpoint")
    target_id, target = only(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    policy_id, policy = only(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
    resources = template["Resources"]
    assert {resources[r]["Condition"] for r in (endpoint_id, target_id, policy_id)} == {
        resources[endpoint_id]["Condition"]
    }
    assert resources[target_id]["DependsOn"] == [endpoint_id]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 3)
    assert target["ResourceId"] == "endpoint/My-Endpoint/variant/AllTraffic"
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {
        "TargetValue": 8,
        "ScaleInCooldown": 600,
        "ScaleOutCooldown": 120,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
        },
    }
    assert endpoint["RetainAllVariantProperties"] is True


def test_files_below_a_prefix_are_loaded_and_nothing_else_of_the_bucket_can_be() -> None:
    url = "s3://models/hermes/"
    template = build(container={"model_data_url": url})
    assert container_of(template)["ModelDataSource"] == {
        "S3DataSource": {"S3Uri": url, "S3DataType": "S3Prefix", "CompressionType": "None"}
    }
    assert only(template, "AWS::SageMaker::Model")[1]["EnableNetworkIsolation"] is True
    actions = allowed(template, "SageMakerRole")
    assert actions["s3:GetObject"] == ("arn:aws:s3:::models/hermes/*", None)
    assert actions["s3:ListBucket"] == (
        "arn:aws:s3:::models",
        {"StringLike": {"s3:prefix": ["hermes/*"]}},
    )


def test_an_archive_is_one_object() -> None:
    template = build(container={"model_data_url": "s3://models/hermes/model.tar.gz"})
    assert container_of(template)["ModelDataUrl"] == "s3://models/hermes/model.tar.gz"
    actions = allowed(template, "SageMakerRole")
    assert actions["s3:GetObject"] == (
        "arn:aws:s3:::models/hermes/model.tar.gz",
        None,
    )


@pytest.mark.parametrize(
    ("where", "reference"),
    [
        ({"hf_token_secret": "hub/token"}, "{{resolve:secretsmanager:hub/token}}"),
        ({"hf_token_parameter": "/hub/token"}, "{{resolve:ssm:/hub/token}}"),
    ],
)
def test_the_hubs_token_is_fetched_by_cloudformation(where: dict[str, str], reference: str) -> None:
    assert container_of(build(container=where))["Environment"]["HF_TOKEN"] == reference


def test_more_variables_and_another_image() -> None:
    image = "123456789012.dkr.ecr.eu-west-2.amazonaws.com/mine/tgi:1.0"
    template = build(container={"image_uri": image, "environment": {"A": "b"}})
    assert container_of(template)["Image"] == image
    assert container_of(template)["Environment"]["A"] == "b"
    assert allowed(template, "SageMakerRole")["ecr:BatchGetImage"] == (
        "arn:aws:ecr:eu-west-2:123456789012:repository/mine/tgi",
        None,
    )


def test_the_container_in_a_vpc() -> None:
    template = build(network=NETWORK)
    group_id, group = only(template, "AWS::EC2::SecurityGroup")
    assert only(template, "AWS::SageMaker::Model")[1]["VpcConfig"] == {
        "Subnets": ["subnet-0a1b2c3d"],
        "SecurityGroupIds": [{"Fn::GetAtt": [group_id, "GroupId"]}],
    }
    assert "SecurityGroupIngress" not in group
    assert [rule["ToPort"] for rule in group["SecurityGroupEgress"]] == [443]
    actions = allowed(template, "SageMakerRole")
    assert {action for action in actions if action.startswith("ec2:")} == {
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    }


@pytest.mark.parametrize(
    ("url", "seconds"), [("", None), ("s3://models/hermes/", 900), ("s3://models/m.tar.gz", 900)]
)
def test_loading_from_s3_has_its_time(url: str, seconds: int | None) -> None:
    _, config = only(build(container={"model_data_url": url}), "AWS::SageMaker::EndpointConfig")
    [variant] = config["ProductionVariants"]
    assert variant.get("ModelDataDownloadTimeoutInSeconds") == seconds


def test_a_model_in_s3_may_be_encrypted_with_the_key() -> None:
    template = build(container={"model_data_url": "s3://models/hermes/"}, kms_key_arn=KEY)
    assert allowed(template, "SageMakerRole")["kms:Decrypt"] == (
        KEY,
        {
            "StringEquals": {
                "kms:ViaService": {"Fn::Join": ["", ["s3.eu-west-2.", {"Ref": "AWS::URLSuffix"}]]}
            }
        },
    )
    assert "kms:Decrypt" not in allowed(build(kms_key_arn=KEY), "SageMakerRole")


@pytest.mark.parametrize(
    ("engine", "instance_type", "key"),
    [
        ("tgi", "ml.g5.xlarge", None),
        ("llama.cpp", "ml.c6i.2xlarge", KEY),
        ("llama.cpp", "ml.c6id.2xlarge", None),
    ],
)
def test_a_key_for_the_disk_where_sagemaker_takes_one(
    engine: str, instance_type: str, key: str | None
) -> None:
    template = build(
        container={"engine": ENGINES[engine]},
        fleet={"instance_type": instance_type},
        kms_key_arn=KEY,
    )
    _, config = only(template, "AWS::SageMaker::EndpointConfig")
    assert config.get("KmsKeyId") == key
    assert only(template, "AWS::Logs::LogGroup")[1]["KmsKeyId"] == KEY


def test_no_request_is_captured() -> None:
    assert "DataCaptureConfig" not in only(build(), "AWS::SageMaker::EndpointConfig")[1]
