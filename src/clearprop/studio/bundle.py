"""The browser's modules as one module, and its style sheets as one: for where no server has them.

Each module becomes a function that fills in what it exports; they may import each other in a
circle, as they do on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files
from json import dumps

FIRST = "notebook.js"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)
DEFAULT = re.compile(r"^export default ", re.MULTILINE)
OF_THE_PAGE = re.compile(r"@media (?:screen and )?(?=\((?:min|max)-width)")
SHARED_STYLES = ("network.css", "marks.css", "work.css")  # what the studio has from the renderers
STYLES = ("studio.css", "step.css", "train.css", "check.css", "notebook.css")
PLACE = ".clearprop-notebook"  # outside of it the styles reach nothing

LOADER = """const modules = {}, loaded = {};
function load(name) {
  if (!(name in loaded)) modules[name](loaded[name] = {});
  return loaded[name];
}"""


def source(name: str) -> str:
    """Return the text of a file of the browser's."""
    return files("clearprop.studio").joinpath("static", name).read_text("utf-8")


def script() -> str:
    """Return all modules as one, which exports what the first one does by default."""
    found: dict[str, str] = {}
    wanted: dict[str, dict[str, None]] = {FIRST: {}}  # what each module is asked for
    while missing := [name for name in wanted if name not in found]:
        found[missing[0]] = text = source(missing[0])
        for names, module in IMPORT.findall(text):
            asked = (name.split(" as ")[0].strip() for name in names.split(","))
            wanted.setdefault(module, {}).update(dict.fromkeys(filter(None, asked)))
    parts = [as_function(name, text, wanted[name]) for name, text in found.items()]
    return "\n".join([LOADER, *parts, f"export default load({dumps(FIRST)}).default;"])


def as_function(name: str, text: str, wanted: Iterable[str]) -> str:
    """Return a module as a function; what is wanted of it is there before what it imports."""
    exported = ", ".join(f"get {each}() {{ return {each}; }}" for each in wanted)
    body = EXPORT.sub("", DEFAULT.sub("exports.default = ", text))
    body = IMPORT.sub(lambda match: imported(match[1], match[2]), body)
    return f"""modules[{dumps(name)}] = (exports) => {{
Object.defineProperties(exports, Object.getOwnPropertyDescriptors({{ {exported} }}));
{body}}};"""


def imported(names: str, module: str) -> str:
    """Return what an import is within a function."""
    return f"const {{{names.replace(' as ', ': ')}}} = load({dumps(module)});"


def styles() -> str:
    """Return all style sheets as one, for the place of the widget alone, and after its width."""
    shared = [files("clearprop.render").joinpath(name).read_text("utf-8") for name in SHARED_STYLES]
    text = "".join([*shared, *map(source, STYLES)])
    return f"{PLACE} {{\n{OF_THE_PAGE.sub('@container ', text)}}}"
