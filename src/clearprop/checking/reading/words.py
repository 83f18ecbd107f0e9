"""Words: which of them are names of quantities, which are functions, and which are prose.

Comes in: tokens whose multi-letter words are undecided (LATIN). Goes out: the same with each of
them a NAME, a FUNCTION or a WORD. A word is a name where it stands beside an operator or an
equality and does not belong to a sentence: `loss = …`, `target - output`, but not `so = …`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lark import Token

from clearprop.checking.reading import signs
from clearprop.checking.reading.differentials import name_end
from clearprop.checking.reading.names import NEW_WORDS
from clearprop.checking.reading.tokens import token

OPERATORS = {"PLUS", "MINUS", "TIMES", "DIVIDE", "HADAMARD", "MATMUL", "CARET"}
OPENING = {"LPAR", "LSQB", "LBRACE", "COMMA"}
CLOSING = {"RPAR", "RSQB", "RBRACE", "COMMA"}
BREAKS = {"STOP", "COLON", "GAP", "DOT", "CELL", "ROW", "ELLIPSIS", "DASH"}
MARKS = {"UNDER", "SUBSCRIPT", "INDEX", "UPPER", "AT", "NEW", "OLD", "ARGUMENT", "METHOD", "COLUMN"}
OPERANDS = {"NUMBER", "NAME", "FRAC", "VULGAR", "ROOT", "PARTIAL", "LPAR"}

SENTENCES = (
    "a about above after again all also an and answer are as at be because been before "
    "below but by calculate can case change check choose compute do does each eq equation "
    "error's example exercise figure find first for from gets get give given gives has have "
    "hence here how i if in into is it its just let last like mean means model my near "
    "network neuron next no node not note now number of old on one only onto or our "
    "part per plus problem question same says see second set shown since so solution step "
    "such take than that the their them then there therefore these they this those thus to "
    "today two unit up us use used uses using value values very was we what when where "
    "which while whose why will with you your layer epoch iteration round section roughly "
    "approximately about around approx exactly yields obtain third equals equal "
)
PROSE = frozenset(SENTENCES.split())
HYPHENATED = {"cross-entropy", "log-loss", "log-likelihood", "mean-squared", "soft-max"}
OF_OUTPUTS = {"no", "do"}  # prose, or the net input and the delta of the output unit o
ORDINALS = {"step", "part", "example", "layer", "epoch", "iteration", "eq", "equation", "section",
            "figure", "problem", "question", "exercise", "round", "neuron", "node", "unit", "case",
            "sample", "task", "phase", "chapter", "table", "pattern", "hidden"}  # fmt: skip
CALLED_WITH = MARKS | {"LPAR", "RPAR", "COMMA", "NAME", "NUMBER", "LATIN", "MINUS", "DIVIDE"}
LOSSES = {"L", "E", "J", "C", "loss", "Loss", "cost", "Cost", "error", "Error", "MSE"}
FACTORS = {*signs.GREEK_LETTERS, "error", "grad", "gradient", "input", "output"}
ARGUMENTS = MARKS | {"NAME", "COMMA", "NUMBER", "LBRACE", "RBRACE", "STOP"}
PARAMETERS = {"w", "W", "b", "v", "theta", "Theta"}
ENDS_OF_NAMES = {"NAME", "LATIN", "NUMBER", "SUBSCRIPT", "INDEX", "RBRACE", "UPPER"}
UPDATED = re.compile("([wbvW])(?:new|neu)")
BEFORE = {f"({t}-1)" for t in "tnk"}  # of a step: the step before
CHANGE = re.compile(r"D([wvbcWVB]\d*)")
PRODUCTS = {f"{w}{x}" for w in "WVUwv" for x in "xha"} | {"xw", "XW"}  # z = Wx + b
PHRASES = {
    ("learning", "rate"): "eta",
    ("step", "size"): "eta",
    ("lr",): "eta",
    ("learningrate",): "eta",
    ("total", "error"): "E_total",
    ("total", "loss"): "L_total",
    ("weight", "decay"): "lambda",
}


def settled(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with every word decided."""
    found = phrases(new_behind(new_before(without_old(letters(joined(tokens))))))
    depth = 0  # of braces: what stands between them is no prose
    for place, piece in enumerate(found):
        depth += {"LBRACE": 1, "RBRACE": -1}.get(piece.type, 0)
        if piece.type == "LATIN":
            decided = "NAME" if depth > 0 else kind(found, place)
            found[place] = Token.new_borrow_pos(decided, str(piece), piece)
    return functions(without_arguments(ordinals(products(times_by_x(steps(found))))))


def neighbours(tokens: Sequence[Token], place: int) -> tuple[str, str]:
    """Return the kinds before and after a place; "" at either end."""
    before = tokens[place - 1].type if place else ""
    after = tokens[place + 1].type if place + 1 < len(tokens) else ""
    return before, after


def kind(tokens: Sequence[Token], place: int) -> str:
    """Return what a word is: NAME or WORD, by what stands around it."""
    word = tokens[place]
    before, after = neighbours(tokens, place)
    touching = place + 1 < len(tokens) and tokens[place + 1].start_pos == word.end_pos
    if (after in MARKS and touching) or before == "UNDER":
        return "NAME"
    if len(word) == 1:
        article = word in ("a", "A", "I") and after in ("LATIN", "WORD")
        return "WORD" if article and not touching else "NAME"
    if word.lower() in signs.FUNCTIONS or word in signs.FUNCTIONS:
        called = after == "LPAR" or (after in ("PRIME", "CARET", "SUPERSCRIPT") and touching)
        letter = after == "LATIN" and len(tokens[place + 1]) == 1
        if called or (word.lower() in signs.WITHOUT_BRACKETS and (after in OPERANDS or letter)):
            return "NAME"
    if before in ("LPAR", "COMMA") and after in ("RPAR", "COMMA") and is_argument(tokens, place):
        return "NAME"  # φ(net) and outer(d, probs), but not h (rounded)
    if is_greek_factor(tokens, place):
        return "NAME"
    if place and before == "NAME" and is_greek_factor(tokens, place - 1):
        before = "TIMES"
    return "NAME" if beside_mathematics(word, before, after) else "WORD"


def is_greek_factor(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a Greek letter, spelled out, stands before what it multiplies: eta d h."""
    if place + 1 >= len(tokens) or tokens[place].lower() not in signs.GREEK_LETTERS:
        return False
    after = tokens[place + 1]
    if after.type == "LATIN":
        short = len(after) == 1 or (len(after) == 2 and after[0] == "d")
        return (short and after.lower() not in PROSE) or after.lower() in FACTORS
    return after.type in ("NAME", "PARTIAL", "GRADIENT", "FRAC")


def is_argument(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a word stands between the brackets of a function."""
    depth = 0
    for at in range(place - 1, 0, -1):
        depth += {"LPAR": 1, "RPAR": -1}.get(tokens[at].type, 0)
        if depth == 1:
            called = tokens[at - 1].type in ("NAME", "PRIME", "METHOD", "FUNCTION")
            return called and tokens[at - 1].end_pos == tokens[at].start_pos
        if tokens[at].type not in CALLED_WITH:
            return False
    return False


def beside_mathematics(word: Token, before: str, after: str) -> bool:
    """Return whether a word stands where only a name can stand."""
    if word.lower() in OF_OUTPUTS:  # no = v1*a1 + v2*a2 and exp(-no)
        return (before, after) == ("", "RELATION") or (before in OPERATORS and after == "RPAR")
    if word.lower() in PROSE:
        return False
    if after == "RELATION" or after in OPERATORS - {"MINUS"}:
        return True
    if after == "MINUS":
        return before in OPERATORS | OPENING | {"RELATION", ""}
    ends = after in BREAKS | CLOSING or not after
    return before in OPERATORS | {"RELATION"} and (ends or after == "LPAR")


def phrases(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with such words as `learning rate` made one name before an equality."""
    found = list(tokens)
    for place in [place for place, piece in enumerate(found) if piece.type == "LATIN"]:
        for words, name in PHRASES.items():
            end = place + len(words)
            pieces = found[place:end]
            if pieces[0].lower() != words[0] or tuple(p.lower() for p in pieces) != words:
                continue
            before, after = neighbours(found, place)[0], neighbours(found, end - 1)[1]
            around = OPERATORS | {"RELATION"}
            if after in around or (before in around and after != "LATIN"):
                whole = token("NAME", name, pieces[0].start_pos or 0, pieces[-1].end_pos or 0)
                blank = [token("GAP", "", whole.end_pos or 0, whole.end_pos or 0)]
                found[place:end] = [whole, *blank * (len(words) - 1)]
    return [piece for piece in found if piece or piece.type != "GAP"]


def times_by_x(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the x of `0.5 x 2` made a sign of multiplication."""
    found = list(tokens)
    for place, piece in enumerate(found):
        if piece == "x" and 0 < place < len(found) - 1:
            before, after = neighbours(found, place)
            spaced = found[place - 1].end_pos != piece.start_pos
            left = before in ("NUMBER", "RPAR") and spaced
            if left and after in ("NUMBER", "LPAR", "MINUS") and after != "RELATION":
                found[place] = Token.new_borrow_pos("TIMES", "×", piece)
    return found


def products(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with a sign of multiplication before the number of a(1-a) 0.1 (b)."""
    found: list[Token] = []
    for place, piece in enumerate(tokens):
        if piece.type == "NUMBER" and neighbours(tokens, place) == ("RPAR", "LPAR"):
            at = piece.start_pos or 0
            found.append(token("TIMES", "×", at, at))
        found.append(piece)
    return found


def ordinals(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the 2 of `Step 2` made prose."""
    found = list(tokens)
    for place, piece in enumerate(found[1:], start=1):
        word = found[place - 1]
        if piece.type == "NUMBER" and word.type == "WORD" and word.lower().rstrip("s") in ORDINALS:
            found[place] = Token.new_borrow_pos("WORD", str(piece), piece)
    return found


def without_arguments(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the L(y, ŷ) of a definition made L."""
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        found.append(tokens[place])
        place += 1
        if found[-1] in LOSSES and place < len(tokens) and tokens[place].type == "LPAR":
            end = place + 1
            while end < len(tokens) and tokens[end].type in ARGUMENTS:
                end += 1
            one_number = end == place + 2 and tokens[place + 1].type == "NUMBER"
            whole = [piece.type for piece in tokens[end : end + 2]] == ["RPAR", "RELATION"]
            if whole and not one_number:
                place = end + 1
    return found


def functions(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with names of functions that are applied made FUNCTION."""
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        piece = tokens[place]
        if piece.type != "NAME" and piece not in LOSSES:
            found.append(piece)
            place += 1
            continue
        end = place + 1
        while end < len(tokens) and primed(tokens[end]):
            end += 1
        name = function(piece)
        after = tokens[end].type if end < len(tokens) else ""
        raised = after in ("SUPERSCRIPT", "CARET") and name not in ("", None)
        bare = piece.lower() in signs.WITHOUT_BRACKETS and after in OPERANDS
        applied = after in ("LPAR", "BEGIN")
        own = [inner.type for inner in tokens[end : end + 3]] == ["LPAR", "NUMBER", "MINUS"]
        if own and [str(inner) for inner in tokens[end + 3 : end + 5]] == [str(piece), ")"]:
            name = None  # the σ of σ(1 - σ) is a value
        if name is not None and piece.type == "NAME" and (applied or bare or raised):
            primes = "'" * (end - place - 1)
            whole = Token.new_borrow_pos("FUNCTION", (name or str(piece)) + primes, piece)
            whole.end_pos = tokens[end - 1].end_pos
            found.append(whole)
            place = end
        elif is_loss_elsewhere(tokens, place):
            found.append(Token.new_borrow_pos("FUNCTION", str(piece), piece))
            place += 1
        else:
            found.append(piece)
            place += 1
    return found


def is_loss_elsewhere(tokens: Sequence[Token], place: int) -> bool:
    """Return whether L(w + ε) stands at a place: the loss for other weights, and no product."""
    if tokens[place] not in LOSSES - {"error", "Error"} or place + 2 >= len(tokens):
        return False
    bracket, first = tokens[place + 1], tokens[place + 2]
    touching = bracket.type == "LPAR" and tokens[place].end_pos == bracket.start_pos
    of_weight = first.type == "NAME" and str(first).rstrip("0123456789") in PARAMETERS
    return touching and (of_weight or (first.type == "NUMBER" and tokens[place] != "E"))


def function(piece: Token) -> str | None:
    """Return the function that a name stands for, "" for f and the like, None for no function."""
    return signs.FUNCTIONS.get(str(piece), signs.FUNCTIONS.get(piece.lower().replace("_", "")))


def primed(piece: Token) -> bool:
    """Return whether a token is a prime, also one written as a superscript."""
    return piece.type == "PRIME" or (piece.type == "UPPER" and "prime" in piece)


def letters(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the products wx and xw taken apart, and wnew."""
    found: list[Token] = []
    for piece in tokens:
        if updated := UPDATED.fullmatch(piece) if piece.type in ("LATIN", "NAME") else None:
            start, end = piece.start_pos or 0, piece.end_pos or 0
            found.append(token("NAME", updated[1], start, start + 1))
            found.append(token("NEW", "new", start + 1, end))
        elif piece in PRODUCTS and piece.type in ("LATIN", "NAME"):
            start, end = piece.start_pos or 0, piece.end_pos or 0
            found.append(token("NAME", piece[0], start, start + 1))
            found.append(token("NAME", piece[1], end - 1, end))
        else:
            found.append(piece)
    return found


def steps(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the Δ of Δw₃, or the D of Dw3, made the mark of a step.

    The (t-1) of Δw(t-1) becomes an index, as in Δw_old.
    """
    if not any(piece.startswith("D") for piece in tokens):  # Δ is spelled out here
        return list(tokens)
    found: list[Token] = []
    of_step = False  # whether a name with its marks stands before that has a Δ
    place = 0
    while place < len(tokens):
        piece = tokens[place]
        of_pattern = [str(after) for after in tokens[place + 1 : place + 3]] == ["_", "p"]  # Δ_p w
        at, after = piece.start_pos or 0, tokens[place + 1 + 2 * of_pattern :][:1]
        change = CHANGE.fullmatch(piece) if piece.type == "NAME" else None
        if piece == "Delta" and piece.type == "NAME" and after and after[0].type == "NAME":
            found.append(Token.new_borrow_pos("STEP", "Δ", piece))
            of_step = True
            place += 2 * of_pattern
        elif change:
            found += [token("STEP", "Δ", at, at + 1), token("NAME", change[1], at + 1, at + 2)]
            of_step = True
        elif of_step and "".join(tokens[place : place + 5]) in BEFORE:
            end = tokens[place + 4].end_pos or 0
            found += [token("UNDER", "_", at, at), token("NAME", "old", at, end)]
            of_step = False
            place += 4
        else:
            found.append(piece)
            of_step &= piece.type in ENDS_OF_NAMES | {"UNDER", "LBRACE", "UPPER"}
        place += 1
    return found


def without_old(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without the `old` of `old weight - …`."""
    found: list[Token] = []
    for place, piece in enumerate(tokens):
        if piece.type == "LATIN" and piece.lower() in ("old", "current", "previous"):
            before, after = neighbours(tokens, place)
            if before in OPERATORS | {"RELATION", "LPAR"} and after in ("LATIN", "NAME"):
                continue
        found.append(piece)
    return found


def new_behind(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the `new` of `w3 new =`, and the star of w3* =, made that mark."""
    found = list(tokens)
    for place in range(1, len(tokens) - 1):
        piece, before = tokens[place], tokens[place - 1]
        if tokens[place + 1].type != "RELATION" or before.type not in ENDS_OF_NAMES:
            continue
        star = piece == "*" and piece.type == "TIMES" and before.end_pos == piece.start_pos
        if star or (piece.type == "LATIN" and piece.lower() in NEW_WORDS):
            found[place] = Token.new_borrow_pos("NEW", "new", piece)
    return found


def joined(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with leaky_relu, the name of a function, and cross-entropy made one."""
    found: list[Token] = []
    place = 0
    while place < len(tokens):
        if place + 2 < len(tokens) and tokens[place + 1].type == "UNDER":
            three = tokens[place : place + 3]
            whole = token("NAME", "".join(three), three[0].start_pos or 0, three[2].end_pos or 0)
            if str(three[2]).isalpha() and function(whole) is not None:
                found.append(whole)
                place += 3
                continue
        words = "".join(tokens[place : place + 3]).lower()
        kind = "WORD" if words in HYPHENATED else tokens[place].type
        found.append(Token.new_borrow_pos(kind, str(tokens[place]), tokens[place]))
        place += 3 if words in HYPHENATED else 1
    return found


def new_before(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with `new w3 =` written as w3 with the mark for what is updated."""
    for place, piece in enumerate(tokens[:-1]):
        if piece.lower() not in ("new", "updated") or piece.type not in ("LATIN", "NAME"):
            continue
        end = name_end(tokens, place + 2)
        if tokens[place + 1].type not in ("LATIN", "NAME") or end >= len(tokens):
            continue
        if tokens[end].type == "RELATION" or (tokens[end].type == "COLON"):
            behind = tokens[end - 1].end_pos or 0
            mark = token("NEW", "new", behind, behind)
            rest = new_before(tokens[end:])
            return [*tokens[:place], *tokens[place + 1 : end], mark, *rest]
    return list(tokens)
