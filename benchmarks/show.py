"""How blast.py's figures are printed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = "recipients  messages/s   CPU µs a message: worker  PostgreSQL  Redis  sink   memory MB   smtp-source/s  ratio"


def heading(text: str) -> None:
    """What follows, and the columns."""
    print(f"\n{text}\n\n{_HEAD}", flush=True)


def blasts(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """A line for each run and their median, which is returned."""
    rows = [_row(run) for run in runs]
    for row in rows:
        print(_line(row), flush=True)
    median = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    if len(rows) > 1:
        print(f"{_line(median)}  median")
    return median


def _row(run: Mapping[str, Any]) -> dict[str, float]:
    count, rate = run["count"], run["count"] / run["seconds"]
    each = {name: run[name] / count * 1e6 for name in ("cpu", "postgres", "redis", "sink", "queueing")}
    return {**each, "count": count, "rate": rate, "memory": run["memory"], "ceiling": run["ceiling"]}


def _line(row: Mapping[str, float]) -> str:
    costs = f"{row['cpu']:33.0f}{row['postgres']:12.0f}{row['redis']:7.0f}{row['sink']:6.0f}"
    share = row["rate"] / row["ceiling"]
    return f"{row['count']:10.0f}{row['rate']:12.0f}{costs}{row['memory']:12.0f}{row['ceiling']:16.0f}{share:7.2f}"


def sizes(medians: Sequence[Mapping[str, float]], *, signed: bool) -> None:
    """The targets: against the ceiling, CPU, and the rate and memory at each size against the smallest."""
    first = medians[0]
    print(f"\n  {medians[-1]['queueing']:8.2f} µs a recipient to queue the largest, by one statement")
    if not signed:
        _target("of smtp-source", first["rate"] / first["ceiling"], at_least=0.4)
    _target("µs of CPU a message", first["cpu"], at_most=600 if signed else 200)
    for other in medians[1:]:
        _target(f"rate at {other['count']:.0f} to that at {first['count']:.0f}", other["rate"] / first["rate"], 0.9)
    _target("MB of memory at most", max(one["memory"] for one in medians), at_most=200)


def stages(run: Mapping[str, Any]) -> None:
    """The share of each stage in the worker's CPU time; this run's rate is not quoted, the stopwatch costs."""
    measured: dict[str, float] = run["stages"]
    measured["other"] = run["cpu"] - sum(measured.values())
    print("\nthe worker's CPU time by stage (of a run with a stopwatch)")
    for name, seconds in measured.items():
        print(f"  {name:16}{seconds / run['count'] * 1e6:6.0f} µs{seconds / run['cpu'] * 100:6.0f} %")


def delayed(runs: Sequence[Mapping[str, Any]], connections: int, delay: float) -> None:
    """The rate with late answers, and what it is of connections divided by the round-trip time."""
    rate = statistics.median(run["count"] / run["seconds"] for run in runs)
    most = connections / (delay / 1000) if delay else float("inf")
    print(f"\nanswers after {delay:g} ms, {connections} connections: {rate:.0f} messages/s of {most:.0f} at most")
    if delay:
        _target("of connections ÷ round-trip time", rate / most, at_least=0.8)


def beside(rates: Mapping[str, float], count: int) -> None:
    """Each baseline's rate, and how many times as quick the product is."""
    ours = rates["this product"]
    print(f"\nbeside others ({count} messages of theirs)")
    for name, rate in rates.items():
        print(f"  {name:40}{rate:8.0f} messages/s{ours / rate:8.1f} x")
    for name, rate in rates.items():
        if name.startswith("common, 1 "):
            _target("times one task a recipient, process for process", ours / rate, at_least=15)


def _target(what: str, value: float, at_least: float | None = None, at_most: float | None = None) -> None:
    reached = value >= at_least if at_least is not None else value <= (at_most or 0)
    limit = f"at least {at_least:g}" if at_least is not None else f"at most {at_most:g}"
    print(f"  {value:8.2f} {what} (target: {limit}): {'reached' if reached else 'MISSED'}")
