"""The third rule of the house: what of an app the other apps may use. import-linter holds the floors."""

import ast
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
APPS = ("crm", "automations", "campaigns", "messaging", "deals", "contacts")

# From another app: its state, its writes, its kinds of activity, and the sockets it offers. Nothing else.
# (`querysets` is part of the state: what `Model.objects` is typed as.)
OPEN_TO_ALL = {"models", "querysets", "actions", "activity"}
SOCKETS = {
    "contacts": {
        # What upper apps register with.
        *("panels", "mergefields", "palette", "segments", "filters", "operations"),
        # What every page and every admin is made of: the ground floor carries it for all.
        *("permissions", "organization", "look", "paging", "inplace", "backoffice"),
        # Many rows as one parameter.
        "recordset",
    },
    # ARCHITECTURE: what campaigns and automations both need is in messaging. Writing a mailing, checking it, in whose
    # name; and `tasks.nudge`, the word that a lane has work.
    "messaging": {"blocks", "compilation", "liquid", "personalisation", "senders", "tasks", "previewing", "showing"},
}
# The demo data plays every part, down to walking a year of enrollments.
EXEMPT = TOP / "crm" / "demo"


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from contacts import palette` names the module in its list.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def trespasses(app: str) -> Iterator[str]:
    for path in sorted((TOP / app).rglob("*.py")):
        for name in imports(path) if not path.is_relative_to(EXEMPT) else ():
            other, _, rest = name.partition(".")
            part = rest.split(".", 1)[0]
            if other in APPS and other != app and part not in OPEN_TO_ALL | SOCKETS.get(other, set()):
                yield f"{path.relative_to(TOP)} imports {name}"


def test_from_another_app_only_its_models_actions_activity_and_sockets_are_imported() -> None:
    found = [each for app in APPS for each in trespasses(app)]
    assert not found, "\n".join(found)


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "helpers", "services", "common", "misc", "constants", "signals"}
    found = [str(path.relative_to(TOP)) for app in APPS for path in (TOP / app).rglob("*.py") if path.stem in vague]
    assert not found


def test_migrations_import_no_code_of_the_apps() -> None:
    found = [
        f"{path.relative_to(TOP)} imports {name}"
        for app in APPS
        for path in (TOP / app / "migrations").glob("[0-9]*.py")
        for name in imports(path)
        if name.partition(".")[0] in APPS
    ]
    assert not found


def test_no_file_is_too_long_to_have_one_subject() -> None:
    found = [
        f"{path.relative_to(TOP)}: {lines} lines"
        for app in (*APPS, "tests")
        for path in (TOP / app).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > (600 if app == "tests" else 400)
        and "migrations" not in path.parts
    ]
    assert not found
