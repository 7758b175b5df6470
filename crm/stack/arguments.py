"""What `up` is told on its command line and the settings must know, before Django reads them."""

from argparse import ArgumentParser
from collections.abc import MutableMapping, Sequence
from pathlib import Path


def into_environment(arguments: Sequence[str], environment: MutableMapping[str, str]) -> None:
    """Put `--data` and the address that follows from `--port` where the settings of this process and of its children
    look. A BASE_URL that is given stays; the rest of the arguments is Django's to judge.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--data")
    parser.add_argument("--port", default="8000")
    chosen, _ = parser.parse_known_args(arguments)
    if chosen.data:
        environment["RELAY_DATA_DIR"] = str(Path(chosen.data).expanduser().absolute())
    environment.setdefault("BASE_URL_DEFAULT", f"http://localhost:{chosen.port}")
