"""What the documents name is there: files and headings, make targets, commands, variables, settings, routes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from apps.platform import errors
from apps.platform.http.routes import api_routes
from apps.platform.outbox import handlers_of
from tests.docs.reading import ROOT, documents, other_notes

OPERATIONS = ROOT / "docs" / "operations.md"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)", re.DOTALL)
_CODE = re.compile(r"^```.*?^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
_GETTERS = {"str", "int", "bool", "list", "path", "email_url"}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> Iterator[str]:
    for target in _LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield target


@pytest.mark.parametrize("document", [*documents(), *other_notes()], ids=named)
def test_links_lead_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


def test_every_document_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        document = ahead.pop()
        if document in reached:
            continue
        reached.add(document)
        links = (target.partition("#")[0] for target in _LINK.findall(document.read_text()))
        ahead += [(document.parent / link).resolve() for link in links if link.endswith(".md")]

    assert set(documents()) <= reached, "these are reached from nowhere"


def code_in(document: Path) -> str:
    """The code of a document: its blocks and what stands in backticks."""
    return "\n".join(match[0].strip("`") for match in _CODE.finditer(document.read_text()))


@pytest.mark.parametrize("document", documents(), ids=named)
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z-]+)", code_in(document))) <= targets


@pytest.mark.parametrize("document", documents(), ids=named)
def test_commands_of_manage_py_exist(document: Path) -> None:
    assert set(re.findall(r"manage\.py ([a-z_]+)", code_in(document))) <= set(get_commands())


@pytest.mark.parametrize("document", documents(), ids=named)
def test_files_exist_that_are_named_by_their_path(document: Path) -> None:
    paths = re.findall(r"\b((?:apps|config|tests|templates|docs)/[\w/.-]*\w/?)", code_in(document))

    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=named)
def test_settings_and_variables_exist(document: Path) -> None:
    """A name that was changed in the code lives on in documents otherwise."""
    sources = [*(ROOT / "config").rglob("*.py"), *(ROOT / "apps").rglob("*.py"), ROOT / "compose.yaml"]
    known = "\n".join(path.read_text() for path in sources)
    in_backticks = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=\w+)?`", document.read_text())

    assert [name for name in in_backticks if name not in known] == []


def variables() -> set[str]:
    """Every variable that the settings read from the environment."""
    found = set()
    for path in [ROOT / "config" / "env.py", ROOT / "config" / "urls.py", *(ROOT / "config" / "settings").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                holder, name = node.func.value, node.args[0]
                if isinstance(holder, ast.Name) and holder.id == "env" and node.func.attr in _GETTERS:
                    assert isinstance(name, ast.Constant)
                    found.add(str(name.value))
    return found


def documented() -> dict[str, str]:
    """The variables of the tables in docs/operations.md with what they say is the default."""
    section = OPERATIONS.read_text().partition("\n## Environment\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (.+?) \|", section, re.MULTILINE)
    return {name: default for names, default in reversed(rows) for name in re.findall(r"[A-Z_]+", names)}


def test_the_table_of_the_environment_is_complete() -> None:
    assert len(variables()) > 20
    assert variables() - set(documented()) == set()


def test_the_table_of_the_environment_names_nothing_else() -> None:
    elsewhere = {"PORT"}

    assert set(documented()) - variables() - elsewhere == set()


def test_the_table_of_the_environment_marks_what_production_requires() -> None:
    from config.local.production import stand_in_environment

    required = {name for name, default in documented().items() if default == "**required**"}

    assert required | {"DJANGO_SETTINGS_MODULE", "SITE_URL"} == set(stand_in_environment())


def test_the_table_of_the_environment_tells_the_defaults() -> None:
    base = ast.parse((ROOT / "config" / "settings" / "base.py").read_text())
    wrong = []
    for node in ast.walk(base):
        if isinstance(node, ast.Call) and node.keywords and isinstance(node.func, ast.Attribute) and node.args:
            name, default = node.args[0], node.keywords[0].value
            if isinstance(name, ast.Constant) and name.value in documented() and isinstance(default, ast.Constant):
                shown = documented()[name.value].strip("`")
                if shown != str(default.value):
                    wrong.append(f"{name.value!r} is {default.value!r}, not {shown!r}")

    assert wrong == []


def test_every_route_of_the_api_is_in_the_list() -> None:
    listed = (ROOT / "docs" / "api.md").read_text().partition("\n## All routes\n")[2]
    words = set(re.findall(r"[a-z-]+", listed))
    patterns = {route.pattern.removeprefix("api/v1/") for route in api_routes()}

    missing = {
        pattern for pattern in patterns if not set(re.findall(r"[a-z-]+", re.sub(r"<[^>]*>", "", pattern))) <= words
    }

    assert len(patterns) > 25
    assert missing == set()


@pytest.mark.parametrize("document", documents(), ids=named)
def test_problems_exist_that_are_named_by_their_page(document: Path) -> None:
    named_codes = set(re.findall(r"/problems/([a-z_]+)", document.read_text()))

    # (The routes bring along every module that has a problem of its own.)
    assert api_routes()
    assert named_codes <= set(errors.all_codes())


def test_the_events_are_listed_with_those_who_hear_them() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|.*\| (.+?) \|$", (ROOT / "docs" / "events.md").read_text(), re.MULTILINE)
    told = {
        match
        for path in (ROOT / "apps").glob("*/events.py")
        for match in re.findall(r"^    type(?:: ClassVar\[str\])? = \"([a-z_.]+)\"", path.read_text(), re.MULTILINE)
    }

    assert {topic for topic, _ in rows} == told
    for topic, heard_by in rows:
        assert {handler.name for handler in handlers_of(topic)} == set(re.findall(r"`([a-z_.]+)`", heard_by)), topic
