"""A report that grows while the task works: a tab with every step, and one with what came of it.

Try it: flyte run examples/report.py main --steps 5 --rate 0.3

Then `flyte get report @ --open` shows it.
"""

import asyncio

import flyte
import flyte.report

env = flyte.TaskEnvironment(name="report")

BAR = '<div style="background:#2563eb;height:1rem;width:{width}%"></div>'


@env.task(report=True)
async def main(steps: int = 10, rate: float = 0.2) -> float:
    """Go down a slope, and show each step as it is taken.

    Args:
        steps: how many to take
        rate: how much of the height each one loses
    """
    timeline = flyte.report.Timeline("Steps")
    height = 100.0
    for step in range(steps):
        await asyncio.sleep(0.01)
        height *= 1 - rate
        timeline.row(label=f"step {step}", detail=BAR.format(width=height))
        await flyte.report.flush.aio()
    await flyte.report.log.aio(f"<h1>{height:.1f} left</h1><p>after {steps} steps</p>")
    return round(height, 3)
