"""The web ACL before the API."""

import json

from tests.unit.cdk_helpers import only, resources, synthesize


def test_an_address_over_its_rate_gets_a_429_and_no_request_is_sampled() -> None:
    template = synthesize(waf_rate_limit=2000)
    _, acl = only(template, "AWS::WAFv2::WebACL")
    [rule] = acl["Rules"]
    statement = rule["Statement"]["RateBasedStatement"]
    assert (statement["Limit"], statement["EvaluationWindowSec"]) == (2000, 300)
    assert statement["AggregateKeyType"] == "IP"
    refusal = rule["Action"]["Block"]["CustomResponse"]
    assert refusal["ResponseCode"] == 429
    assert refusal["ResponseHeaders"] == [{"Name": "retry-after", "Value": "60"}]
    body = acl["CustomResponseBodies"][refusal["CustomResponseBodyKey"]]
    assert body["ContentType"] == "APPLICATION_JSON"
    assert json.loads(body["Content"])["error"]["code"] == "rate_limit_exceeded"
    for part in (acl, rule):
        assert part["VisibilityConfig"]["SampledRequestsEnabled"] is False
    stage, _ = only(template, "AWS::ApiGateway::Stage")
    _, association = only(template, "AWS::WAFv2::WebACLAssociation")
    assert stage in str(association["ResourceArn"])


def test_it_is_off_by_default() -> None:
    assert not resources(synthesize(), "AWS::WAFv2::WebACL")
