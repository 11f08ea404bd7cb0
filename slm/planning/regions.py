"""AWS regions: is there one of this name, and does the catalog's price hold in it?

``data/regions.csv`` lists those that botocore 1.44.5 knows, and what EC2 asks there for a family of
GPU instances, as a multiple of its price in us-east-1: read on 2026-01-21 from the table of
instances.vantage.sh (github.com/tsaol/aws-gpu). An empty cell is a family that this table does not
have there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from slm.planning.errors import PlanError

_FILE: Final = Path(__file__).parent.parent / "data" / "regions.csv"
_READ_ON: Final = "2026-01-21"
_FORM: Final = re.compile(
    r"[a-z]{2,4}(-[a-z]{2,4})?-(central|(north|south)?(east|west)|north|south)-[1-9]"
)
"""How AWS names a region: those that are newer than the list are named so, too."""


@cache
def _multiples() -> Mapping[str, Mapping[str, float]]:
    # Imported here: most plans ask for no region.
    import csv

    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row.pop("region"): {family: float(cell) for family, cell in row.items() if cell}
            for row in csv.DictReader(file)
        }


def check_region(name: str) -> None:
    """Refuse what cannot be a region.

    Raises:
        PlanError: No region of AWS is named like that.
    """
    if not _FORM.fullmatch(name):
        raise PlanError(f"--region {name}: no region of AWS is named so.{_suggestion(name)}")


def region_notes(families: Iterable[str], priced: str, region: str) -> Iterator[str]:
    """What prices are worth in a region that is not theirs.

    Args:
        families: Of the instances that are priced, for example ``g5``.
        priced: Region of the prices.
        region: Where they are wanted.
    """
    if priced == region:
        return
    yield f"Prices are those of {priced}: the catalog has none for {region}."
    known = _multiples().get(region)
    if known is None:
        yield (
            f"{region} is not in the list of regions: either it is newer, or a slip."
            f"{_suggestion(region)}"
        )
    elif known:
        yield f"EC2's prices there, on {_READ_ON}: {'; '.join(_told(families, known))}."


def _told(families: Iterable[str], multiples: Mapping[str, float]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for family in families:
        multiple = multiples.get(family)
        percent = multiple and round((multiple - 1) * 100)
        words = (
            "not on its list, look before you deploy"
            if percent is None
            else f"{percent} % more" if percent else "the same"
        )
        groups.setdefault(words, []).append(family)
    for words, alike in groups.items():
        yield f"{', '.join(alike)} {words}"


def _suggestion(name: str) -> str:
    # Imported here: most names are right.
    import difflib

    near = difflib.get_close_matches(name.lower(), list(_multiples()), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""
