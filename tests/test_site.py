"""The site: its generated pages are the program's, its notebooks run, nothing is left out."""

import importlib.util
import re
import tomllib
from pathlib import Path

import nbformat
import pytest

import clearprop

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "pages"
REFERENCE = sorted((ROOT / "docs" / "reference").glob("*.md"))


def script(name):
    """Return one of the programs that make pages."""
    spec = importlib.util.spec_from_file_location(f"page_{name}", PAGES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names_in_reference():
    text = "\n".join(path.read_text(encoding="utf-8") for path in REFERENCE)
    return re.findall(r"^::: (\S+)$", text, flags=re.MULTILINE)


def named(path):
    """Return what stands at a dotted path."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def test_the_page_of_commands_is_what_the_program_says():
    commands = script("commands")
    assert commands.PAGE.read_text(encoding="utf-8") == commands.page(), (
        "written anew by: python docs/pages/commands.py"
    )


def test_the_reference_has_every_public_name_and_every_value_that_a_notebook_draws():
    from clearprop.render.notebook import PIECES

    found = {path.rpartition(".")[2] for path in names_in_reference()}
    assert set(clearprop.__all__) | set(PIECES) <= found


def test_the_reference_has_every_error():
    from clearprop import errors

    classes = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.ClearpropError)
    ]
    found = names_in_reference()
    assert all(f"clearprop.errors.{name}" in found for name in classes)


@pytest.mark.parametrize("path", names_in_reference())
def test_a_name_of_the_reference_is_there_and_says_what_it_is(path):
    assert named(path).__doc__


def test_every_page_is_in_the_navigation():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    docs = ROOT / "docs"
    pages = [str(path.relative_to(docs)) for path in docs.rglob("*.md")]
    pages += [f"notebooks/{path.stem}.md" for path in script("notebooks").NOTEBOOKS]
    assert sorted(re.findall(r": (\S+\.md)$", navigation, re.MULTILINE)) == sorted(
        [*pages, "changelog.md"]
    )


def test_a_notebook_is_run_and_every_cell_shows_something():
    seed = next(path for path in script("notebooks").NOTEBOOKS if path.stem == "seed")
    page = script("notebooks").page(seed)  # make docs runs the others
    assert page.count("```python") >= 5
    assert "-0.12162083549961815" in page


def test_a_cell_that_shows_nothing_or_complains_is_an_error():
    check = script("notebooks").check_shown
    output = nbformat.v4.new_output("stream", name="stderr", text="a warning")
    for outputs in ([], [output]):
        with pytest.raises(ValueError, match="this cell"):
            check(nbformat.v4.new_code_cell("x = 1", outputs=outputs))


def test_docstrings_become_markdown():
    markdown = script("docstrings").markdown
    assert markdown("Return x.\n\nRaises\n------\nOneError, Two: c\n    d") == (
        "Return x.\n\n**Raises**\n\n- `OneError`, `Two`: c d"
    )
    assert markdown("What.\n\nx, y   inputs,\n       rows\nz      out") == (
        "What.\n\n- `x`, `y`: inputs, rows\n- `z`: out"
    )
    assert markdown("Do.\n\n>>> f(1)\n2") == "Do.\n\n```pycon\n>>> f(1)\n2\n```"


def test_extras_are_there_and_all_has_every_one_that_a_user_can_miss():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    developing = {"all", "dev", "docs", "lint", "test"}
    (whole,) = extras["all"]
    assert set(re.findall(r"\w+", whole.partition("[")[2])) == set(extras) - developing
