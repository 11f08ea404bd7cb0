"""The catalog's prices anew, from AWS's price list."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from slm.instances import CATALOG_FILE, PRICE_COLUMNS
from slm.planning.account import live_prices

if TYPE_CHECKING:
    from slm.aws import Aws


def refresh_prices(aws: "Aws", today: str, file: Path = CATALOG_FILE) -> list[str]:
    """Write today's prices into the catalog; what AWS has no price for stays as it is.

    Args:
        aws: The account.
        today: Date to write beside them, ISO 8601.
        file: The catalog.

    Returns:
        A line for each price that changed.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    changes = []
    for region, column in PRICE_COLUMNS.items():
        prices = live_prices(aws, region)
        for row in rows:
            dollars = prices.get(row["instance_type"])
            if dollars is None:
                continue
            row["price_date"] = today
            if not row[column] or float(row[column]) != dollars:
                before = row[column] or "unknown"
                changes.append(f"{row['instance_type']} in {region}: {before} -> {dollars:g}")
                row[column] = f"{dollars:g}"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return changes
