"""Orders in, revenue out: read a CSV file, sum each region in a task of its own, and write a CSV file and a report."""

import asyncio
import csv
import html
from dataclasses import dataclass
from pathlib import Path

import flyte
import flyte.report
from flyte.io import File

env = flyte.TaskEnvironment(name="project_name")

BAR = '<td style="width:20rem"><div style="background:#2563eb;height:1rem;width:{width:.0%}"></div></td>'
SAMPLE = Path(__file__).parent / "data" / "orders.csv"


@dataclass
class Order:
    """A row that could be read."""

    region: str
    product: str
    quantity: int
    price: float


@dataclass
class Orders:
    """What a file holds."""

    good: list[Order]
    bad: list[str]
    """A sentence for each row that is left out."""


@dataclass
class Region:
    """What one region sold."""

    name: str
    orders: int
    revenue: float
    best: str
    """The product with the highest revenue."""


@dataclass
class Summary:
    """What came of it."""

    regions: list[Region]
    revenue: float
    left_out: list[str]


@env.task
def extract(file: File) -> Orders:
    """Read the rows; those that make no sense are told of, and left out."""
    orders = Orders([], [])
    for number, row in enumerate(csv.DictReader(file.read().splitlines()), start=2):
        try:
            orders.good.append(Order(row["region"], row["product"], int(row["quantity"]), float(row["price"])))
        except ValueError as error:
            orders.bad.append(f"line {number}: {error}")
    return orders


@env.task
def summarize(name: str, orders: list[Order]) -> Region:
    """Sum what one region sold."""
    products: dict[str, float] = {}
    for order in orders:
        products[order.product] = products.get(order.product, 0.0) + order.quantity * order.price
    return Region(name, len(orders), round(sum(products.values()), 2), max(products, key=lambda each: products[each]))


@env.task
def load(regions: list[Region]) -> File:
    """Write the regions to a CSV file."""
    path = Path("regions.csv")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["region", "orders", "revenue", "best"])
        writer.writerows([each.name, each.orders, f"{each.revenue:.2f}", each.best] for each in regions)
    return File.from_local_sync(str(path))


@env.task(report=True)
async def main(orders: File | None = None, smallest: float = 0.0) -> tuple[Summary, File]:
    """Sum the orders of each region.

    Args:
        orders: a CSV file with the columns region, product, quantity and price; without one, the sample
        smallest: leave out orders that are worth less
    """
    found = await extract.aio(orders or await File.from_local(str(SAMPLE)))
    regions: dict[str, list[Order]] = {}
    for order in found.good:
        if order.quantity * order.price >= smallest:
            regions.setdefault(order.region, []).append(order)
    sums = await asyncio.gather(*[summarize.aio(name, some) for name, some in sorted(regions.items())])
    summary = Summary(list(sums), round(sum(each.revenue for each in sums), 2), found.bad)
    await flyte.report.replace.aio(page(summary))
    await flyte.report.flush.aio()
    print(f"{summary.revenue:.2f} in {len(sums)} regions, {len(found.bad)} rows left out")
    return summary, await load.aio(summary.regions)


def page(summary: Summary) -> str:
    """The report: a bar for each region, and what was left out."""
    most = max((each.revenue for each in summary.regions), default=1.0)
    rows = "".join(
        f"<tr><td>{html.escape(each.name)}</td><td>{each.revenue:.2f}</td><td>{html.escape(each.best)}</td>"
        f"{BAR.format(width=each.revenue / most)}</tr>"
        for each in summary.regions
    )
    left_out = "".join(f"<li>{html.escape(each)}</li>" for each in summary.left_out)
    return f"<h1>{summary.revenue:.2f}</h1><table>{rows}</table><h2>Left out</h2><ul>{left_out}</ul>"
