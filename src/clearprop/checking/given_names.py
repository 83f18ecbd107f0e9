"""Names given by hand: whether they stand in the solution, and whether clearprop has such ones.

Comes in: a mapping of a solution's names to clearprop's, as in `--name net_h1=z_h1`. Goes out: the
same with the names as they are read, or an error before anything is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clearprop.checking.keys import bare
from clearprop.checking.reading.document import name_of
from clearprop.checking.reading.sheet import sheet
from clearprop.checking.solution import Solution, Written, WrittenSlope, names_and_numerals
from clearprop.errors import SettingError
from clearprop.network.lesson import Lesson
from clearprop.network.names import Names
from clearprop.network.network import Network

# Networks that between them have every kind of name, where none is known yet.
LAYERS = ([1, 1], [20, 20], [2, 1, 1], [20, 20, 1], [20, 20, 20], [20] * 7)
EXAMPLES = (1, 1_000)


def given_names(
    names: Mapping[str, str], solution: Solution, lesson: Lesson | None
) -> dict[str, str]:
    """Return names given by hand as they are read.

    Raises
    ------
    SettingError: they are no mapping of texts, or one does not stand in the solution.
    UnknownName: clearprop has no quantity of that name.
    """
    if not is_mapping(names):
        raise SettingError(
            "names maps names of the solution to clearprop's, as in {'net_h1': 'z_h1'}; "
            f"given was {names!r}"
        )
    standing = set(map(bare, names_of(solution))) if names else set()
    found = {}
    for theirs, ours in names.items():
        check_ours(ours, lesson)
        read = name_of(theirs)
        whole = read.partition("[")[0].partition("^")[0]
        if not {bare(read), bare(whole)} & standing:
            raise SettingError(f"the name '{theirs}' does not stand in the solution")
        found[read] = ours
    return found


def sheet_names(text: str, lesson: Lesson) -> dict[str, str]:
    """Return the names of an answer sheet that are the lesson's own, each by itself.

    No value, however near another's, is to give such a name a meaning. Where a sheet has others as
    well it is somebody's own, whose names are matched by what they are computed from.
    """
    rows = sheet(text)
    if not all(lesson.names.knows(name) for _, name, _, _ in rows):
        return {}
    return {name: name for _, name, _, value in rows if value.strip()}


def is_mapping(names: object) -> bool:
    """Return whether texts are mapped to texts."""
    if not isinstance(names, Mapping):
        return False
    return all(isinstance(text, str) for pair in names.items() for text in pair)


def check_ours(text: str, lesson: Lesson | None) -> None:
    """Raise UnknownName or SettingError unless clearprop has such a name."""
    name = text.removeprefix("-").replace("Phi_", "cdf_")
    if lesson is not None:
        lesson.names.find(name)
        return
    networks = (Names(Network(layers), count) for layers in LAYERS for count in EXAMPLES)
    if not any(names.knows(name) for names in networks):
        raise SettingError(
            f"clearprop has no quantity '{text}' in any network; its names are such as z_h1, w5, "
            "yhat, dL/dw5 and w5_new"
        )


def names_of(solution: Solution) -> Iterator[str]:
    """Yield the names of a solution, and those within them: w5 of Δw5, dw5 and w5_new."""
    trees = (link.tree for chain in solution.chains for link in chain.links if link.tree)
    for name in (name for tree in trees for name in names_and_numerals(tree)):
        match name:
            case WrittenSlope(top, bottom):
                yield from (name.text, top.text, bottom.text)
            case Written(text):
                before = text.removesuffix("_new")
                yield from (text, before, before.removeprefix("d"), before.removeprefix("step_"))
                yield before.partition("[")[0].partition("^")[0]
