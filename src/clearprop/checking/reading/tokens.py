"""From text to tokens: the pieces of `formula.lark`, each with its kind and in one spelling.

Comes in: a piece of a document and whether it is mathematics throughout (LaTeX between dollar
signs). Goes out: lark's tokens, whose `start_pos` and `end_pos` tell where in the document they
stand. A multi-letter word of prose is LATIN until `words.py` has decided what it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from lark import Token

from clearprop.checking.reading import signs
from clearprop.checking.reading.grammar import pieces

OF_DELTA = re.compile(r"(in|out|hid(den)?|[hijklosz])\d*")
OF_NAMES = {"LATIN", "NAME", "UNDER", "NUMBER", "INDEX"}  # the tokens of w1, y_pred, W[0]
OF_ACCENTED = OF_NAMES | {"LBRACE", "RBRACE", "CARET", "UPPER", "SUBSCRIPT", "SUPERSCRIPT", "PRIME"}
MOST_MARKS = 20  # tokens under an accent
MATRICES = {"matrix", "bmatrix", "pmatrix", "Bmatrix", "vmatrix", "smallmatrix", "array"}


def tokens(text: str, start: int = 0, mathematics: bool = False) -> list[Token]:
    """Return the tokens of a text that stands at `start` of its document.

    >>> [(token.type, str(token)) for token in tokens("ŷ = 2×10⁻³")]
    [('NAME', 'yhat'), ('RELATION', '='), ('NUMBER', '2e-03')]
    """
    found: list[Token] = []
    inside = mathematics
    thin = False  # the space before: in LaTeX it is put between the factors of a product
    for piece in pieces().finditer(text):
        of, written, (begin, end) = str(piece.lastgroup), piece[0], piece.span()
        if of == "SPACE":
            continue
        if of == "GAP" and written.startswith("$"):
            inside = not inside
        kind, value = spelled(of, written, inside)
        if kind == "NUMBER" and thin and found[-1].type in ("RPAR", "NAME", "RBRACE", "UPPER"):
            at = found[-1].end_pos or 0
            found.append(token("TIMES", "×", at, at))
        thin = bool(found) and of == "COMMAND" and not kind
        if kind == "NUMBER" and wants_half(found):
            found += halves(written, start + begin)
        elif kind == "EINSUM":
            found += einsum(written, start + begin)
        elif kind:
            found.append(token(kind, value, start + begin, start + end))
    return joined(found, text, start)


def joined(found: list[Token], text: str, start: int) -> list[Token]:
    """Return tokens of which those are one that belong together, where there may be such."""
    written = set(map(str, found))
    if r"\left" in text or r"\right" in text:
        found = list(without_lone_delimiters(found, text, start))
    if not written.isdisjoint(signs.ACCENTS):
        found = list(with_accents(found))
    if "delta" in written:
        found = list(with_subscripts(found))
    return with_gradients(found) if "grad" in written else found


def with_accents(found: Sequence[Token]) -> Iterator[Token]:
    r"""Write \overline{w^{(2)}}, an accent over a name with its marks, as that of its letter."""
    for place, piece in enumerate(found):
        if is_accent(found, place):
            continue
        if place > 1 and is_accent(found, place - 2):
            letter, accent = piece.rstrip("0123456789"), found[place - 2]
            name = f"{letter}{signs.ACCENTS[str(accent)]}{piece[len(letter) :]}"
            piece = token("NAME", name, accent.start_pos or 0, piece.end_pos or 0)
        yield piece


def is_accent(found: Sequence[Token], place: int) -> bool:
    """Return whether an accent stands at a place, over a name in braces and nothing else."""
    if found[place].type != "OTHER" or found[place] not in signs.ACCENTS:
        return False
    kinds = [piece.type for piece in found[place + 1 : place + MOST_MARKS]]
    if kinds[:1] != ["LBRACE"] or kinds[1:2] not in (["NAME"], ["LATIN"]):
        return False
    depth = 0
    for kind in kinds:
        depth += {"LBRACE": 1, "RBRACE": -1}.get(kind, 0)
        if depth == 0:
            return True
        if kind not in OF_ACCENTED:
            return False
    return False


def with_gradients(found: list[Token]) -> list[Token]:
    """Write w1.grad, as PyTorch has it, as ∇w1: the slope of the loss."""
    done: list[Token] = []
    for piece in found:
        if (
            piece == "grad"
            and done
            and done[-1].type == "DOT"
            and done[-1].end_pos == piece.start_pos
        ):
            done.pop()
            first = len(done)
            while first and done[first - 1].type in OF_NAMES and touch(done[first - 1 :], piece):
                first -= 1
            at = done[first].start_pos or 0 if first < len(done) else piece.start_pos or 0
            done.insert(first, token("GRADIENT", "∇", at, at))
        else:
            done.append(piece)
    return done


def touch(pieces: Sequence[Token], last: Token) -> bool:
    """Return whether the first of some tokens stands directly before the next, or before .grad."""
    after = pieces[1].start_pos if len(pieces) > 1 else (last.start_pos or 0) - 1
    return pieces[0].end_pos == after


def with_subscripts(found: Sequence[Token]) -> Iterator[Token]:
    """Write δin1 and δh, letters directly behind a delta, as subscripts: δ_in1, δ_h."""
    for place, piece in enumerate(found):
        if is_joined(found, place) and OF_DELTA.fullmatch(piece) and not is_slope(found, place):
            yield token("UNDER", "_", piece.start_pos or 0, piece.start_pos or 0)
        yield piece


def is_joined(found: Sequence[Token], place: int) -> bool:
    """Return whether a token stands directly behind a delta."""
    before = found[place - 1] if place else None
    return before == "delta" and before.end_pos == found[place].start_pos and is_greek(before)


def is_slope(found: Sequence[Token], place: int) -> bool:
    """Return whether the letter at a place is one half of δo/δz, where δ is written for ∂."""
    if found[place + 1 : place + 2] and found[place + 1].type == "DIVIDE":
        return found[place + 2 : place + 3] == ["delta"]
    under_line = place > 1 and found[place - 2].type == "DIVIDE"
    return under_line and any(is_joined(found, at) for at in range(max(0, place - 8), place - 2))


def is_greek(piece: Token) -> bool:
    """Return whether a name takes one character, as Greek letters do; δ is spelled out."""
    return (piece.end_pos or 0) - (piece.start_pos or 0) == 1


def halves(digits: str, place: int) -> Iterator[Token]:
    r"""Yield the digits of \frac12, each between braces; a lone digit is one half only."""
    for part in (digits[:1], digits[1:]):
        if part:
            yield token("LBRACE", "{", place, place)
            yield token("NUMBER", part, place, place + len(part))
            yield token("RBRACE", "}", place + len(part), place + len(part))
        place += len(part)


def einsum(written: str, begin: int) -> Iterator[Token]:
    """Yield einsum('ij,j->i', as a function that has its indices in its name, and its bracket."""
    indices = re.sub(r"einsum|[^a-z,>-]", "", written).rstrip(",")
    yield token("FUNCTION", f"einsum {indices}", begin, begin + len("einsum"))
    yield token("LPAR", "(", begin + len("einsum"), begin + len(written))


def wants_half(found: Sequence[Token]) -> bool:
    r"""Return whether a \frac without braces, \frac12 or \frac 1 2, takes the next digit."""
    kinds = [piece.type for piece in found[-4:]]
    return kinds[-1:] == ["FRAC"] or kinds == ["FRAC", "LBRACE", "NUMBER", "RBRACE"]


def token(kind: str, value: str, start: int, end: int) -> Token:
    """Return a token at its place in the document."""
    return Token(kind, value, start_pos=start, end_pos=end)


def without_lone_delimiters(found: list[Token], text: str, start: int) -> Iterator[Token]:
    r"""Leave out the dot of \left. and \right."""
    for piece in found:
        at = (piece.start_pos or 0) - start
        if piece.type == "DOT" and text[max(0, at - 8) : at].endswith((r"\left", r"\right")):
            continue
        yield piece


def spelled(of: str, text: str, mathematics: bool) -> tuple[str, str]:
    """Return a piece's kind and its one spelling; no kind for what says nothing."""
    match of:
        case "SIGN":
            if text in ("~", "\u223c"):
                return "RELATION", "≈"
            return signs.SIGNS.get(text) or other(text), text
        case "NUMBER":
            return "NUMBER", number(text)
        case "SCIENTIFIC":
            return "NUMBER", scientific(text)
        case "NAME":
            return named(text, mathematics)
        case "WORDS":
            return upright(text)
        case "ACCENTED":
            return accented(text)
        case "COMMAND":
            return command(text.removeprefix("\\"))
        case "LIMITS":
            return "SUM", index_of_sum(text)
        case "ENVIRONMENT":
            return environment(text)
        case "RELATION":
            return "RELATION", signs.RELATIONS.get(text, "→" if ">" in text else "=")
        case "AT":
            return "AT", re.sub(r"\D", "", text)
        case "BREAK":
            return ("ELLIPSIS" if text[0] in ".…" else "STOP"), text
        case "MODULE" | "EVALUATED" | "KEYWORD":
            return "", ""
        case "COUNT":
            return "NAME", signs.COUNT
        case "REDUCE":
            return "FUNCTION", text
        case "AXIS":
            axis, _, kept = text.partition("keepdim")
            return "AXIS", re.sub(r"[^-01]", "", axis) + ("k" if kept else "")
        case "UPPER":
            return "UPPER", r"^\top" if text == ".T" else text
    return of, text


def other(sign: str) -> str:
    """Return the kind of a sign that formulas do not have: a letter, punctuation, or unknown."""
    category = unicodedata.category(sign[0])
    if category.startswith("L"):
        return "WORD"
    return "STOP" if category in ("So", "Po", "Pi", "Pf", "Cc", "Cf") and sign != "%" else "OTHER"


def number(text: str) -> str:
    """Return a number in Python's notation, with the digits it has."""
    whole, _, rest = text.partition("{,}")
    if rest and (whole.startswith("0") or len(rest) != 3) and "{" not in rest:
        return f"{whole}.{rest}"  # 0{,}75 has a decimal comma
    return text.replace("{,}", "").replace(",", "").replace("−", "-").rstrip(".")


def scientific(text: str) -> str:
    """Return 1.2 × 10⁻⁵ as 1.2e-05."""
    found = re.match(r"([\d.]+)(?:\\times|\\cdot|[×·*∗⋅x])10(.+)", re.sub(r"\s", "", text))
    assert found is not None  # the grammar lets nothing else through
    mantissa, power = found.groups()
    power = "".join(signs.UPPER.get(character, character) for character in power)
    digits = re.sub(r"\D", "", power)[:4]
    sign = "-" if re.search("[-−–]", power) else "+"
    return f"{mantissa.rstrip('.')}e{sign}{digits:0>2}"


def named(text: str, mathematics: bool) -> tuple[str, str]:
    """Return the kind and the spelling of a word, a letter or letters with accents."""
    if text == "∂":
        return "PARTIAL", text
    if text == "∇":
        return "GRADIENT", text
    letters = []
    for character in unicodedata.normalize("NFD", text):
        letters.append(signs.GREEK.get(character, character))
        if unicodedata.combining(character):
            letters[-1] = signs.ACCENTS.get(character, "")
    spelling = "".join(letters)
    is_word = text.isascii() or (len(text) > 3 and text[0].isascii())  # Entrées, but not ȳ
    undecided = text.isalpha() and is_word and not mathematics
    return ("LATIN" if undecided else "NAME"), spelling


def upright(text: str) -> tuple[str, str]:
    r"""Return what \text{…}, \mathrm{…} or the like says: a name, a number or prose."""
    inner = text[text.index("{") + 1 : -1].strip()
    if re.fullmatch(r"[^\W\d_]+(_?\w+)*", inner):
        kind = "LATIN" if text.startswith(("\\textbf", "\\textit", "\\emph")) else "NAME"
        return kind, named(inner, True)[1]
    if re.fullmatch(r"\d+(\.\d+)?", inner):
        return "NUMBER", inner
    return ("PRIME", "'") if inner in "'′" and inner else ("WORD", inner)


def accented(text: str) -> tuple[str, str]:
    r"""Return \hat{y} as yhat; what only is an arrow or bold type is left off."""
    accent, *letters = re.findall(r"[A-Za-z]+", text)
    letter = letters[-1] if letters else ""
    return "NAME", letter + signs.ACCENTS[accent]


def command(name: str) -> tuple[str, str]:
    """Return what a LaTeX command stands for."""
    if name in signs.GREEK_COMMANDS:
        return "NAME", signs.GREEK_COMMANDS[name]
    kind = signs.COMMANDS.get(name, "OTHER")
    if kind in ("=", "≈", "→", "←"):
        return "RELATION", kind
    if kind == "l":
        return "NAME", kind
    if kind == "OTHER" and name in signs.FUNCTIONS:
        return "NAME", name
    return kind, name


def environment(text: str) -> tuple[str, str]:
    r"""Return BEGIN and END of a matrix; other environments only part what stands around them."""
    is_matrix = re.search(r"\{(\w*)\*?\}", text)
    if is_matrix and is_matrix[1] in MATRICES:
        return ("BEGIN" if text.startswith("\\begin") else "END"), text
    return "STOP", text


def index_of_sum(text: str) -> str:
    """Return the index that a sum runs over: k of Σ_k or Σ_{k=1}^{n}, "" without one.

    Of Σ_{k=0}^{n} it is k=0: a bias is then the weight of a unit 0.
    """
    plain = "".join(signs.LOWER.get(character, character) for character in text)
    plain = re.sub(r"\\sum|^sum$|\\Sigma|\\(no)?limits|[Σ∑]|\^\s*(\{[^{}]*\}|\w+)", "", plain)
    found = re.search(r"([A-Za-z]+)(\s*=\s*0(?!\d))?", plain)
    return found[1] + ("=0" if found[2] else "") if found else ""
