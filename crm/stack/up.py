"""`manage.py up`: everything on this machine, in order, until Ctrl-C."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from django.conf import settings
from django.db import OperationalError, connections
from redis import RedisError

from crm import checks
from crm.stack import first_start, postgres, prepare, readiness, redis, web, workers
from crm.stack.failures import CannotStart
from crm.stack.lock import only_one
from crm.stack.outgoing import outgoing_mail
from crm.stack.places import Places
from crm.stack.supervisor import Say, Supervisor

# A first start loads the demo data before it comes here; this is for booting alone.
PATIENCE = 300.0


LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Options:
    """What was asked for on the command line."""

    host: str
    port: int
    demo: bool

    @property
    def is_open(self) -> bool:
        """Whether other machines can connect."""
        return self.host not in LOOPBACK

    @property
    def address_is_local(self) -> bool:
        """Whether links lead to this machine only."""
        return urlsplit(self.address).hostname in LOOPBACK

    @property
    def address(self) -> str:
        """Where the browser finds us."""
        return str(settings.BASE_URL)


def run(options: Options, places: Places, say: Say) -> None:
    """Start everything, wait until it is well, look after it, and stop it all on SIGINT or SIGTERM.

    Raises CannotStart.
    """
    _refuse_bad_settings()
    with only_one(places.lock, options.address):
        web.check_port(options.host, options.port)
        supervisor = Supervisor(places.logs, say)
        _stop_by_signals()
        try:
            _start(supervisor, options, places, say)
            supervisor.watch(lambda: False)
        except KeyboardInterrupt:
            say("\nStopping.")
        finally:
            _ignore_signals()
            supervisor.stop()


def _start(supervisor: Supervisor, options: Options, places: Places, say: Say) -> None:
    begun = time.monotonic()
    _start_servers(supervisor, places)
    _prepare()
    if options.demo and first_start.is_first():
        say("First start: making demo data. This takes a moment.")
    login = first_start.first_login(places.data, demo=options.demo)
    mail = outgoing_mail()
    connections.close_all()
    supervisor.start([web.program(options.host, options.port)])
    supervisor.start(workers.programs())
    _wait(supervisor, options)
    # Last, since nothing waits for it: the others are ready the sooner. And so it is stopped first.
    supervisor.start([workers.beat(places)])
    say(f"\nRelay is running (ready after {time.monotonic() - begun:.1f} s).\n")
    say(f"  Address        {options.address}")
    if login:
        say(f"  Sign in        {login.email}   password: {login.password}")
    say(f"  Outgoing mail  {mail}")
    say(f"  Data and logs  {places.data}")
    if options.is_open and options.address_is_local:
        say("\n  Other machines are answered only by a name in BASE_URL or ALLOWED_HOSTS (docs/configuration.md).")
    say("\nCtrl-C stops everything.\n")


def _start_servers(supervisor: Supervisor, places: Places) -> None:
    places.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    if places.run.stat().st_uid != os.geteuid():
        raise CannotStart(f"The folder {places.run} belongs to somebody else.")
    if settings.EMBEDDED_POSTGRES:
        postgres.prepare(places)
    programs = []
    if settings.EMBEDDED_REDIS:
        programs.append((redis, redis.program(places)))
    if settings.EMBEDDED_POSTGRES:
        programs.append((postgres, postgres.program(places)))
    processes = supervisor.start([program for _, program in programs])
    for (server, program), process in zip(programs, processes, strict=True):
        server.wait_until_ready(places, process, supervisor.log_of(program.name))


def _prepare() -> None:
    try:
        prepare.migrate()
    except OperationalError as error:
        raise CannotStart(f"The database cannot be used: {error} Is DATABASE_URL right?") from error
    prepare.collect_static(Path(settings.STATIC_ROOT))
    try:
        readiness.forget_heartbeats()
    except RedisError as error:
        raise CannotStart(f"Redis cannot be used: {error} Is REDIS_URL right?") from error


def _refuse_bad_settings() -> None:
    """The system checks of the settings, before anything is started."""
    for message in (found for check in checks.OF_SETTINGS for found in check(None)):
        raise CannotStart(f"{message.msg} {message.hint}")


def _wait(supervisor: Supervisor, options: Options) -> None:
    end = time.monotonic() + PATIENCE
    state = readiness.State(False, "nothing answered yet")

    def well() -> bool:
        nonlocal state
        state = readiness.ask(options.host, options.port)
        return state.ready or time.monotonic() > end

    supervisor.watch(well, pause=0.1)
    if not state.ready:
        raise CannotStart(f"Not ready after {PATIENCE:.0f} s: {state.reason}. The logs tell more.")


def _stop_by_signals() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        _ignore_signals()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


def _ignore_signals() -> None:
    """From here on all is being stopped, within seconds: a second Ctrl-C must not leave children behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
