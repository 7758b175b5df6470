"""What all templates and scripts keep to: the content policy, the sprite's icons, one version of each library."""

import importlib.machinery
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

from contacts import activity, panels

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
# unfold's overrides follow unfold's rules, below /admin/ only; mail and what it is made of is no page.
NOT_PAGES = ("admin", "unfold", "mail", "messaging/mail", "messaging/blocks")


def pages() -> list[Path]:
    """All templates that a browser gets under our policy."""
    folder = ROOT / "templates"
    return [p for p in sorted(folder.rglob("*.html")) if not p.relative_to(folder).as_posix().startswith(NOT_PAGES)]


def vendor_script() -> ModuleType:
    """bin/vendor as a module."""
    loader = importlib.machinery.SourceFileLoader("vendor", str(ROOT / "bin" / "vendor"))
    spec = importlib.util.spec_from_loader("vendor", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up by name
    sys.modules["vendor"] = module
    loader.exec_module(module)
    return module


FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"\shx-on[:-]", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "an inline script": re.compile(r"<script(?![^>]*(\ssrc=|application/json))[^>]*>", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "js: values for htmx": re.compile(r"hx-(vals|headers)=['\"]js:", re.I),
    "a filter in hx-trigger": re.compile(r"hx-trigger=\"[^\"]*\[", re.I),
    "mail inside the page": re.compile(r"\ssrcdoc\s*=", re.I),
}


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_hold_nothing_the_content_policy_forbids(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", path.read_text(), flags=re.S)
    assert not {what for what, pattern in FORBIDDEN.items() if pattern.search(text)}


def test_every_icon_named_anywhere_is_in_the_sprite() -> None:
    [names_file] = STATIC.glob("vendor/tabler-icons/*/names.json")
    names = set(json.loads(names_file.read_text()))
    used: dict[str, str] = {}
    for path in (ROOT / "templates").rglob("*.html"):
        for found in re.findall(r"""{% icon ["']([a-z0-9-]+)["']|icon=["']([a-z0-9-]+)["']""", path.read_text()):
            used["".join(found)] = path.name
    used |= {kind.icon: kind.key for kind in activity.kinds()}
    used |= {panel.icon: panel.key for panel in panels._panels if panel.icon}
    assert {icon: where for icon, where in used.items() if icon not in names} == {}


def test_every_reference_to_a_vendored_library_is_to_a_file_that_is_there() -> None:
    versions = {package.name: package.version for package in vendor_script().PACKAGES}
    sources = [*(ROOT / "templates").rglob("*.html"), *STATIC.glob("css/*.css"), *STATIC.glob("js/*.js")]
    sources += [ROOT / "crm" / "shell.py", ROOT / "contacts" / "templatetags" / "relay.py"]
    for source in sources:
        for name, version, file in re.findall(r"vendor/([a-z-]+)/([0-9.]+)/([\w.-]+)", source.read_text()):
            assert versions.get(name) == version, f"{source.name} wants {name} {version}"
            assert (STATIC / "vendor" / name / version / file).exists(), f"{source.name}: {name}/{file}"


def test_every_vendored_library_carries_its_licence() -> None:
    for package in vendor_script().PACKAGES:
        assert (STATIC / "vendor" / package.name / package.version / "LICENSE").stat().st_size > 300


def test_no_page_uses_a_class_whose_rules_were_left_out() -> None:
    trimmed = set(vendor_script().TRIMMED.split("|"))
    used: dict[str, str] = {}
    for path in (ROOT / "templates").rglob("*.html"):
        for words in re.findall(r'class="([^"]*)"', path.read_text()):
            for word in re.sub(r"\{[{%].*?[%}]\}", " ", words).split():
                used[word] = path.relative_to(ROOT).as_posix()
    assert {word: where for word, where in used.items() if word in trimmed} == {}
