"""The background processes: which worker serves which lanes, and beat."""

import signal
import sys

from crm.stack.children import Program
from crm.stack.places import Places

# Four, so that a blast (campaign) holds up neither a password reset nor a waiting automation, and a long import
# (default) no step of an automation.
LANES_OF = {
    "worker-direct": ("transactional", "one_to_one"),
    "worker-automation": ("automation", "activity"),
    "worker-jobs": ("default",),
    "worker-campaign": ("campaign",),
}
PROCESSES = 2
# Seconds that a worker has to end after SIGTERM. It gives back at once what it has not begun to hand over
# (messaging/outbox/ending.py); what is on its way waits for the mail server's answer, and is uncertain when killed.
PATIENCE = 30.0
# A blast takes what the others leave: a person waits for a password reset and for a page, nobody for one message more
# or less of a million. It costs a blast nothing while nobody else has work.
NICENESS_OF = {"worker-campaign": 10}


def programs() -> list[Program]:
    """The workers, one for each group of lanes."""
    return [worker(name, lanes) for name, lanes in LANES_OF.items()]


def worker(name: str, lanes: tuple[str, ...], *, processes: int = PROCESSES) -> Program:
    """A Celery worker for `lanes`."""
    command = [*_celery(), "worker", "--hostname", f"{name}@%h", "--queues", ",".join(lanes)]
    command += ["--concurrency", str(processes), "--loglevel", "INFO"]
    # Workers that greet each other at the start cost seconds; nobody asks them anything.
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Program(name, command, {}, patience=PATIENCE, niceness=NICENESS_OF.get(name, 0))


def beat(places: Places) -> Program:
    """The clock that sends the words of crm/schedule.py."""
    command = [
        *_celery(),
        "beat",
        "--schedule",
        str(places.data / "beat-schedule"),
        "--pidfile=",
        "--loglevel",
        "WARNING",
    ]
    return Program("beat", command, {}, death_signal=signal.SIGTERM)


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "crm"]
