"""One worker process of a blast: drains the lane and says what it took. Started by blast.py."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    """Send all that is due in the campaign lane; the figures are the last line of the output, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", metavar="FILE", default="", help="write cProfile's files there (slower)")
    parser.add_argument("--stages", action="store_true", help="measure each stage's CPU time (a little slower)")
    options = parser.parse_args()

    import django

    django.setup()
    from benchmarks.stages import Stopwatch
    from messaging.outbox.desk import close_desks
    from messaging.outbox.drain import drain_lane

    stopwatch = Stopwatch()
    if options.stages:
        stopwatch.install()

    def act() -> None:
        drain_lane("campaign", seconds=3600)

    began, cpu = time.perf_counter(), time.process_time()
    if options.profile:
        profiled(act, options.profile)
    else:
        act()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    # The next worker finds the connections free.
    close_desks()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory, "stages": stopwatch.seconds}))


def profiled(act: Callable[[], None], path: str) -> None:
    """Run it with cProfile: one file for the drain, one for each switchboard, by their own CPU time."""
    import cProfile

    from messaging.outbox.desk import close_desks
    from messaging.outbox.switchboard import Switchboard

    profiles = [cProfile.Profile(time.thread_time)]
    original = Switchboard.run

    def run(self: Any) -> None:
        profiles.append(cProfile.Profile(time.thread_time))
        profiles[-1].runcall(original, self)

    Switchboard.run = run  # type: ignore[method-assign]
    profiles[0].runcall(act)
    close_desks()
    for number, profile in enumerate(profiles):
        profile.dump_stats(f"{path}.{number}")


if __name__ == "__main__":
    main()
