"""Finds the chains of equalities in a page: `symbol = formula = formula with numbers = value`.

In comes what a trace prints, as text or LaTeX; out come chains of links with the relation (`=` or
`≈`) before each. Prose, drawings and tables have no such chain and are passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

OPENING, CLOSING = "([{", ")]}"
EXACT, ROUNDED = "=", "≈"


@dataclass(frozen=True)
class Link:
    """One formula or value, with the relation that leads to it (nothing before the symbol)."""

    relation: str
    formula: str


@dataclass(frozen=True)
class Chain:
    """A symbol and what it is equal to, from left to right; `labelled` by words before it.

    `symbol` is empty where something else stands before the first relation.
    """

    line: int
    source: str
    symbol: str
    links: tuple[Link, ...]
    labelled: bool = False


def depths(text: str) -> list[int]:
    """Return how many brackets are open at each character."""
    depth, result = 0, []
    for character in text:
        depth -= character in CLOSING
        result.append(max(depth, 0))
        depth += character in OPENING
    return result


def links_of(text: str) -> list[Link]:
    """Return the parts between the relations outside all brackets."""
    depth = depths(text)
    cuts = [
        match for match in re.finditer(r"(?<![<>=!:])=(?!=)|≈", text) if depth[match.start()] == 0
    ]
    relations = [""] + [cut.group() for cut in cuts]
    starts = [0] + [cut.end() for cut in cuts]
    ends = [cut.start() for cut in cuts] + [len(text)]
    return [
        Link(relation, text[start:end].strip())
        for relation, start, end in zip(relations, starts, ends, strict=True)
    ]


def divided(text: str, separator: re.Pattern[str]) -> Iterator[str]:
    """Yield the chains that stand side by side, `x₁ = 1, x₂ = 2`."""
    depth, start = depths(text), 0
    for match in separator.finditer(text):
        before = text[start : match.start()].rstrip()
        has_value = re.search("[=≈]", before) and before[-1] not in "=≈"
        if depth[match.start()] == 0 and has_value:
            yield before
            start = match.end()
    yield text[start:]


# ------------------------------------------------------------------------------------------ text

WORD = r"[^\W\d²³][\w\u0300-\u036F′'∂]*(?:\[[\d, ]+\](?:_new)?)?"
TEXT_SYMBOL = rf"∂?{WORD}(?:/∂?{WORD})?(?:@\d+)?"  # h, ∂L/∂w₃@1, rest_dL/da1[3]
TEXT_SEPARATOR = re.compile(
    rf"(?:[,;·]\s*|\s{{2,}}|\s+and\s+)(?=(?:[^\W\d]+\s)*{TEXT_SYMBOL}\s*[=≈])"
)
LABELLED_SYMBOL = re.compile(  # a bullet or words may come first
    rf"(?P<label>|\W+\s|.*[\w:,.•*)]\s+)(?P<symbol>{TEXT_SYMBOL})"
)
TEXT_NUMBER = r"[-−]?(?:\d+(?:\.\d+)?(?:[eE][-+−]?\d+)?|\.\d+)"
REMARK = re.compile(rf"({TEXT_NUMBER})(?:[.,;:]?$|[,;]\s.*|\s{{2,}}.*|\s+[(\[←#—–→].*)")
DRAWN = re.compile(r"[\u2500-\u257F]|^\s*\|.*\|\s*$")


def chains_in_text(page: str) -> Iterator[Chain]:
    """Yield the chains of a page of plain text, in order."""
    for line, text in whole_lines(unicodedata.normalize("NFC", page)):
        for part in divided(text, TEXT_SEPARATOR):
            head, *links = links_of(part)
            match = LABELLED_SYMBOL.fullmatch(head.formula)
            if not links:
                continue
            if match is None:
                yield Chain(line, part.strip(), "", tuple(links), labelled=True)
                continue
            last = links[-1]
            if value := REMARK.fullmatch(last.formula):
                links[-1] = Link(last.relation, value[1])
            label = re.sub(r"^\W+", "", match["label"])
            yield Chain(line, part.strip(), match["symbol"], tuple(links), bool(label))


def whole_lines(page: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text, with lines that go on with a relation or an operator joined."""
    line, text = 0, ""
    for number, raw in enumerate(page.splitlines(), start=1):
        if DRAWN.search(raw):
            continue
        stripped = raw.strip()
        begun = bool(re.search("[=≈]", text))
        deeper = len(raw) - len(raw.lstrip()) > len(text) - len(text.lstrip())
        goes_on = re.match(r"[=≈]|[+×/]\s", stripped) or (
            deeper and re.match(r"[-−]\s.*[=≈]", stripped)
        )
        if begun and stripped and (goes_on or re.search(r"([=≈+×(,]|\s[-−/])$", text)):
            text = f"{text} {stripped}"
            continue
        yield line, text
        line, text = number, raw.rstrip()
    yield line, text


# ----------------------------------------------------------------------------------------- LaTeX

ENVIRONMENTS = "align|alignat|displaymath|equation|flalign|gather|math|multline"
MATHEMATICS = re.compile(
    rf"\\begin\{{(?P<kind>(?:{ENVIRONMENTS})\*?)\}}(?P<a>.*?)\\end\{{(?P=kind)\}}"
    r"|(?<!\\)\\\[(?P<b>.*?)(?<!\\)\\\]|\$\$(?P<c>.*?)\$\$|(?<!\\)\$(?P<d>[^$]*)\$"
    r"|(?<!\\)\\\((?P<e>.*?)\\\)",
    re.DOTALL,
)
ROW_END = re.compile(r"\\\\(?:\[[^\]]*\])?")
COMMAND = r"\\[A-Za-z]+"
RESTRICTED = re.compile(r"\\left\s*\.(.*?)\\right\s*\|", re.DOTALL)
BAR = "⎸"  # of a derivative at one example: \Big|^{@1} or \left. … \right|^{@1}
LAYOUT = re.compile(
    r"\\(?:begin|end)\{[a-z]+\*?\}(?:\{\d+\})?|\\(?:label|tag)\{[^}]*\}|\\(?:left|right)\s*\."
    r"|\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits|notag|nonumber)(?![A-Za-z])"
)


def chains_in_latex(page: str) -> Iterator[Chain]:
    """Yield the chains of a LaTeX page, in order; symbols and formulas in canonical form."""
    page = re.sub(r"(?<!\\)%.*", "", page)
    before, document, body = page.partition(r"\begin{document}")
    start = len(before) + len(document) if document else 0
    for line, row in rows_of(body if document else page):
        for part in divided_latex(row):
            head, *links = links_of(part)
            number = line + page.count("\n", 0, start)
            is_symbol = head.formula and symbol_end(head.formula, 0) == len(head.formula)
            if links:
                yield Chain(number, part, head.formula if is_symbol else "", tuple(links))


def rows_of(page: str) -> Iterator[tuple[int, str]]:
    """Yield line number and canonical text of each row of mathematics, its later lines joined."""
    regions = [
        (match.start(match.lastgroup), match[match.lastgroup])
        for match in MATHEMATICS.finditer(page)
        if match.lastgroup
    ]
    if not regions:
        regions = [(m.start(), m.group()) for m in re.finditer(r"[^\n]+", page)]
    held: tuple[int, str] | None = None
    for offset, region in regions:
        position = 0
        for row in ROW_END.split(region):
            start = offset + region.index(row, position)
            position = start - offset + len(row)
            text = canonical(row)
            if held and re.match(r"[=≈+]|\\times|\\cdot|-.*[=≈]", text):
                held = (held[0], held[1] + text)
                continue
            if held:
                yield held
            blank = len(row) - len(row.lstrip())
            held = (page.count("\n", 0, start + blank) + 1, text)
    if held:
        yield held


def canonical(latex: str) -> str:
    r"""Return LaTeX with one spelling for each thing.

    >>> canonical(r"\hat y &= \sigma\left( z_1 \right) \approx 1.5 \times 10^{-5}")
    '\\hat{y}=\\sigma(z_{1})≈1.5e-5'
    """
    latex = RESTRICTED.sub(rf"\1{BAR}", latex)
    latex = re.sub(r"\\[bB]igg?[lr]?\s*\|(?=\s*[_^])", BAR, latex)
    latex = LAYOUT.sub(" ", latex)
    latex = re.sub(r"\\[,;:! ]|[~&]", " ", latex)
    latex = re.sub(r"\\[lr]?vert(?![A-Za-z])", "|", latex)
    latex = re.sub(r"\\approx(?![A-Za-z])", "≈", latex)
    latex = re.sub(r"\\[dt]frac(?![A-Za-z])", r"\\frac", latex)
    latex = re.sub(r"\\mathrm(?![A-Za-z])", r"\\text", latex)
    latex = latex.replace(r"\{", "(").replace(r"\}", ")")
    tokens = re.findall(rf"{COMMAND}|\\.|\S", latex)
    parts: list[str] = []
    for previous, token in zip(["", *tokens], tokens, strict=False):
        alone = previous in ("_", "^") or previous in (r"\hat", r"\bar", r"\tilde")
        if alone and token != "{":
            parts.append(f"{{{token}}}")
        else:
            joins = re.fullmatch(COMMAND, previous) and token.isalpha()
            parts.append(f" {token}" if joins else token)
    text = "".join(parts)
    text = re.sub(r"(\d(?:\.\d+)?)\\times10\^\{(-?\d+)\}", r"\1e\2", text)
    text = re.sub(r"\\operatorname\{([^}]*)\}", r"\\\1", text)
    return text.rstrip(".,;")


def divided_latex(row: str) -> Iterator[str]:
    r"""Yield the chains that stand side by side, parted by a comma or \quad."""
    depth, start = depths(row), 0
    for match in re.finditer(r",?(?:\\q?quad ?)+|,|;", row):
        after = symbol_end(row, match.end())
        leads = after is not None and row[after : after + 1] in ("=", "≈")
        before = row[start : match.start()]
        if depth[match.start()] == 0 and leads and re.search("[=≈].", before):
            yield before
            start = match.end()
    yield re.sub(r"(?<=[\d}])(,?\\q?quad.*|\\text\{.*)$", "", row[start:])


def symbol_end(latex: str, start: int) -> int | None:
    r"""Return where the symbol ends that begins here, or None where none begins.

    >>> symbol_end(r"\frac{\partial L}{\partial w_{3}}=", 0)
    33
    >>> symbol_end("0.5", 0) is None
    True
    """
    if latex.startswith("{", start):  # {\beta_{1}^{t}}^{\text{new}}
        end = braces_end(latex, start)
        is_symbol = symbol_end(latex, start + 1) == end - 1 and latex[end : end + 1] in ("_", "^")
        return marks_end(latex, end) if is_symbol else None
    derivative = re.compile(r"\\frac\{\\partial").match(latex, start)
    if derivative:
        top = braces_end(latex, start + len(r"\frac"))
        end = braces_end(latex, top)
        return marks_end(latex, end) if latex[top:].startswith(r"{\partial") else None
    accent = re.compile(r"\\(?:hat|bar|tilde|text|mathit|mathbf)(?=\{)").match(latex, start)
    if accent:
        return marks_end(latex, braces_end(latex, accent.end()))
    letter = re.compile(
        rf"\\Delta ?|(?!\\frac|\\times|\\cdot|\\sqrt|\\q?quad){COMMAND}|[^\W\d]"
    ).match(latex, start)
    if letter is None:
        return None
    if letter.group().startswith(r"\Delta") and latex[letter.end() : letter.end() + 1] != "_":
        return symbol_end(latex, letter.end())
    return marks_end(latex, letter.end())


def braces_end(latex: str, start: int) -> int:
    depth = 0
    for position in range(start, len(latex)):
        depth += (latex[position] == "{") - (latex[position] == "}")
        if depth == 0:
            return position + 1
    return len(latex)


def marks_end(latex: str, position: int) -> int:
    """Return where subscripts, superscripts and primes end."""
    while position < len(latex):
        if latex[position] in ("'", BAR):
            position += 1
        elif latex[position] in "_^" and latex[position + 1 : position + 2] == "{":
            position = braces_end(latex, position + 1)
        else:
            break
    return position
