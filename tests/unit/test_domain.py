"""A name of one's own for the API."""

from typing import Any

from slm import stack_outputs
from tests.unit.cdk_helpers import only, resources, synthesize, text

DOMAIN: dict[str, Any] = {
    "domain_name": "llm.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/mine",
}


def test_the_name_leads_to_the_stage_and_the_outputs_have_it() -> None:
    template = synthesize(**DOMAIN)
    name_id, name = only(template, "AWS::ApiGateway::DomainName")
    assert name["RegionalCertificateArn"] == DOMAIN["certificate_arn"]
    assert name["EndpointConfiguration"]["Types"] == ["REGIONAL"]
    assert name["SecurityPolicy"] == "TLS_1_2"
    _, mapping = only(template, "AWS::ApiGateway::BasePathMapping")
    assert mapping["DomainName"] == {"Ref": name_id}
    assert "BasePath" not in mapping
    outputs = {key: text(value["Value"]) for key, value in template["Outputs"].items()}
    assert outputs[stack_outputs.API_GATEWAY_URL] == "https://llm.example.com/"
    assert outputs[stack_outputs.OPENAI_BASE_URL] == "https://llm.example.com/v1"
    assert outputs[stack_outputs.INVOKE_ENDPOINT] == "https://llm.example.com/invoke"
    assert outputs[stack_outputs.DOMAIN_TARGET] == f"${{{name_id}.RegionalDomainName}}"
    assert not resources(template, "AWS::Route53::RecordSet")


def test_a_zone_gets_the_entries() -> None:
    template = synthesize(**DOMAIN, hosted_zone_id="Z123")
    records = [r["Properties"] for r in resources(template, "AWS::Route53::RecordSet").values()]
    assert {record["Type"] for record in records} == {"A", "AAAA"}
    for record in records:
        assert (record["Name"], record["HostedZoneId"]) == ("llm.example.com", "Z123")


def test_it_is_off_by_default() -> None:
    assert not resources(synthesize(), "AWS::ApiGateway::DomainName")
