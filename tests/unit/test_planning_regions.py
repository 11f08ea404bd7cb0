"""Names of regions, and whose prices are shown in them."""

import pytest

from slm.planning.errors import PlanError
from slm.planning.regions import check_region, region_notes


@pytest.mark.parametrize("name", ["us-east-1", "eu-west-2", "us-gov-west-1", "eusc-de-east-1"])
def test_a_region_that_is_known(name: str) -> None:
    check_region(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("eu-wst-1", "eu-west-1"), ("us-east1", "us-east-1"), ("EU-WEST-2", "eu-west-2")],
)
def test_a_name_that_no_region_can_have_is_refused_with_a_suggestion(name: str, meant: str) -> None:
    with pytest.raises(PlanError, match=f"Did you mean {meant}"):
        check_region(name)


def test_a_name_like_nothing_is_refused_without_a_suggestion() -> None:
    with pytest.raises(PlanError, match=r"no region of AWS is named so\.$"):
        check_region("everywhere")


def test_a_region_that_is_newer_than_the_list_is_planned_and_said_to_be_unknown() -> None:
    check_region("eu-east-1")
    notes = list(region_notes(["g5"], "us-east-1", "eu-east-1"))
    assert notes[0] == "Prices are those of us-east-1: the catalog has none for eu-east-1."
    assert "eu-east-1 is not in the list of regions" in notes[1]


def test_a_price_of_its_own_region_needs_no_note() -> None:
    assert not list(region_notes(["g5"], "eu-east-1", "eu-east-1"))


def test_london_is_told_how_far_ec2_is_dearer_there() -> None:
    notes = list(region_notes(["g4dn", "g5", "g6", "g6e"], "us-east-1", "eu-west-2"))
    assert notes[1] == (
        "EC2's prices there, on 2026-01-21: g4dn 17 % more; g5, g6 27 % more; g6e not on its "
        "list, look before you deploy."
    )


def test_the_same_price_elsewhere() -> None:
    assert list(region_notes(["g5"], "us-east-1", "us-west-2"))[1].endswith("g5 the same.")


def test_a_region_of_which_nothing_is_known_but_its_name() -> None:
    assert len(list(region_notes(["g5"], "us-east-1", "cn-north-1"))) == 1
