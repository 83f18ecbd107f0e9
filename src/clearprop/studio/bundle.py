"""The browser's modules as one module, and its style sheets as one: for where no server has them.

Each module becomes a function that fills in what it exports; they may import each other in a
circle, as they do on the page.
"""

from __future__ import annotations

import re
from importlib.resources import files
from json import dumps

FIRST = "notebook.js"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
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
    open_names = [FIRST]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found[name] = source(name)
            open_names += [match[2] for match in IMPORT.finditer(found[name])]
    parts = [as_function(name, text) for name, text in found.items()]
    return "\n".join([LOADER, *parts, f"export default load({dumps(FIRST)}).default;"])


def as_function(name: str, text: str) -> str:
    """Return a module as a function; what it exports is there before what it imports is loaded."""
    exported = ", ".join(f"get {match[1]}() {{ return {match[1]}; }}"
                         for match in EXPORT.finditer(text))  # fmt: skip
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
