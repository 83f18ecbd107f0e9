"""What a solution says in words of its network: activations, loss, optimizer, learning rate.

Comes in: the lines of a solution. Goes out: `Statements`. Words are looked up in the tables here;
what a formula says counts for more, and is found elsewhere (`units.py`, `understanding.py`). A word
after "no", "without" or "not" is not said. Lines such as `loss: squared_error` name a rule by
clearprop's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from clearprop.checking.letters import LETTERS

RULE = re.compile(r"^\W*(activations?|loss|optimizer|frozen)\W*:\W*(.+)$", re.IGNORECASE)
MARKUP = re.compile(
    r"\\(?:mathrm|mathbf|text|textbf|operatorname|emph|q?quad)\b|\\[\\()\[\],;! ]|\*\*|[$`{}~]"
    r"|(?<![\w)])\*(?=[^\W\d])|(?<=[^\W\d])\*(?=[\s:.,]|$)"  # *in italics*
)
WORD = re.compile(r"\bl[12]\b|\d*\.?\d+(?:e[+-]?\d+)?|\d+,\d+|[^\W\d_]+'?[^\W\d_]*|\S")
L_TWO = re.compile(r"\bl(?:_?2|₂)(?!\w)")
DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d+)(?!\d*,\s*\d)")

Words = Sequence[str]
Phrases = Mapping[str, Sequence[tuple[Words, str]]]  # by their first word, the longest first


def phrases(table: Mapping[str, str]) -> Phrases:
    """Return a table of name -> phrases, separated by bars, as one of phrases by first words."""
    found: dict[str, list[tuple[Words, str]]] = {}
    for name, joined in table.items():
        for words in map(str.split, joined.split("|")):
            found.setdefault(words[0], []).append((words, name))
    return {word: sorted(pairs, key=lambda pair: -len(pair[0])) for word, pairs in found.items()}


ACTIVATION_WORDS = phrases(
    {
        "relu": "relu|rectified linear|rectifier",
        "leaky_relu": "leaky relu|leakyrelu",
        "elu": "elu",
        "gelu": "gelu",
        "silu": "silu|swish",
        "softplus": "softplus|soft plus",
        "sigmoid": "sigmoid|sigmoids|sigmoidal|logistic",
        "tanh": "tanh|hyperbolic tangent",
        "softmax": "softmax",
        "identity": "linear|lineare|linearen|identity|no activation",
    }
)
PLACES = {
    **dict.fromkeys(("hidden", "verborgen", "verborgene", "verborgenen", "verdeckte"), "hidden"),
    **dict.fromkeys(("verdeckten", "versteckte", "versteckten"), "hidden"),
    **dict.fromkeys(("output", "outputs", "ausgabe", "ausgang", "ausgänge"), "output"),
    **dict.fromkeys(("ausgängen", "ausgangsneuron", "ausgabeneuron"), "output"),
}
LOSS_WORDS = phrases(
    {
        "squared": "squared error|quadratic cost|quadratic loss|squared loss|mse|sse"
        "|squared errors|squared residuals",
        "binary_cross_entropy": "binary cross entropy|bce|log loss|logistic loss",
        "cross_entropy": "cross entropy|categorical cross entropy|negative log likelihood|nll",
        "huber": "huber",
        "mean_absolute_error": "absolute error|mae|l1 loss",
        "": "hinge|kullback|contrastive|focal loss|perceptron loss",  # not in our table
    }
)
REDUCTION_WORDS = phrases(
    {
        "mean": "mean over|average over|averaged over|averaging over|averaged across|mean of"
        "|average of|mean loss|average loss|mean cost|average cost|average binary|mean binary"
        "|average cross|mean cross",
        "sum": "sum over|summed over|summing over|summed across|sum of|total over",
    }
)
OF_EXAMPLES = {"batch", "batches", "minibatch", "example", "examples", "sample", "samples", "cross",
               "pattern", "patterns", "m", "dataset", "loss", "losses", "cost"}  # fmt: skip
OPTIMIZER_WORDS = phrases(
    {
        "momentum": "momentum",
        "nesterov": "nesterov|nesterov momentum|nesterov's momentum|nesterov accelerated",
        "rmsprop": "rmsprop",
        "adam": "adam",
        "adamw": "adamw",
        "": "adagrad|adadelta|adamax|nadam|lion|lbfgs|rprop",  # not in our table
    }
)
DECAY_WORDS = phrases(
    {
        "decay": "weight decay|weight penalty|l2 regularization|l2 regularisation|l2 regularizer"
        "|l2 regulariser|l2 penalty|ridge"
    }
)
REGULARIZED_WORDS = phrases({"decay": "l2 term|regularized|regularised"})  # no λ behind them
AFRESH_WORDS = phrases(
    {
        "afresh": "from rest|at rest|start at 0|start at zero|starts at 0|starts at zero|first step"
        "|initially 0|initially zero|initialized to zero|initialized to 0|initialised to zero"
        "|initialised to 0|zero velocity|velocities zero|velocities 0|velocities are zero"
        "|velocities are 0|velocities at zero|velocity zero|zero velocities|caches zero|cache zero"
        "|moments zero|moments are zero|moments are 0|moments at zero|0 at the start"
        "|zero at the start"
    }
)
RATE_WORDS = phrases(
    {
        "rate": "learning rate parameter|learning rate|learningrate|lernrate|lernschrittweite"
        "|taux d'apprentissage|tasa de aprendizaje|tasso di apprendimento|lr|η|eta"
    }
)
MOMENTUM_WORDS = phrases({"momentum": "momentum"})
SLOPE_WORDS = phrases({"slope": "slope|alpha|α"})
RHO_WORDS = phrases({"rho": "rho|ρ|decay rate|decay factor|decay"})
HUBER_DELTA = phrases({"delta": "δ|delta"})
LIKELY_LOSSES = ("half_squared_error", "squared_error", "mean_squared_error")
SAID = {"squared": LIKELY_LOSSES}  # in words -> the losses that it can be; else the one of the name
EQUALS = {"=", ":", ":=", "|", "of", "is", "was", "equals", "ist", "est", "es", "von", "de"}
FILLERS = EQUALS | {"be", "to", "at", "with", "the", "and", "we", "use", "set", "coefficient",
                    "constant", "parameter", "rate", "term", "(", ")", "\\"}  # fmt: skip
MOST_FILLERS = 5  # between a phrase and its number
GOES_ON = {"^", "/", "%", "×", "·", "*", "+", "\\"}  # after a number that is part of a formula
NOT = {"no", "not", "without", "kein", "keine", "ohne", "sans", "plain", "vanilla", "unlike", "non"}
REACH_OF_NOT = 3  # words
REACH_OF_SUMS = 5  # words: mean over the two training examples
NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        ("a one single un une ein eine einen", "two deux zwei", "three trois drei",
         "four quatre vier", "five cinq fünf", "six sechs", "seven sept sieben", "eight huit acht",
         "nine neuf neun", "ten dix zehn"), start=1)
    for word in words.split()
}  # fmt: skip
PARTING = {",", ";", ".", "and", "und", "et", "|"}  # clauses


@dataclass(frozen=True)
class Number:
    """A number said in words, and the letter that stands for it, "" without."""

    value: float
    letter: str = ""


@dataclass(frozen=True)
class Statements:
    """What the lines of a solution say."""

    lines: tuple[str, ...]

    @cached_property
    def rules(self) -> dict[str, str]:
        """The rules named by clearprop's own names, by the first four letters: acti, loss."""
        found: dict[str, str] = {}
        for line in self.lines:
            if match := RULE.match(line):
                rule = match[2].replace("\\par", "").replace("\\", "")
                found.setdefault(match[1].lower()[:4], rule.strip().lower())
        return found

    @cached_property
    def words(self) -> list[list[str]]:
        """The words of each line, in small letters and without markup."""
        plain = [MARKUP.sub(" ", DECIMAL_COMMA.sub(r"\1.\2", line)).lower() for line in self.lines]
        plain = [L_TWO.sub("l2", line) for line in plain]
        return [WORD.findall(re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", line)) for line in plain]

    # --- numbers ---------------------------------------------------------------------------------

    @cached_property
    def rate(self) -> Number | None:
        """The learning rate where it is said in words."""
        return self.number(RATE_WORDS)

    @cached_property
    def momentum(self) -> Number | None:
        """The momentum where it is said in words."""
        return self.number(MOMENTUM_WORDS)

    @cached_property
    def weight_decay(self) -> Number | None:
        """The λ of weight decay where it is said in words."""
        return self.number(DECAY_WORDS)

    @cached_property
    def rho(self) -> Number | None:
        """The ρ of RMSprop where it is said in words."""
        return self.number(RHO_WORDS)

    @cached_property
    def constants(self) -> dict[str, float]:
        """The constants of activations: the slope of a leaky ReLU, on the line that names it."""
        for words in self.words:
            if any(name == "leaky_relu" for _, name in said(words, ACTIVATION_WORDS)):
                for number in numbers_after(words, SLOPE_WORDS):
                    return {"leaky_relu_slope": number.value}
        return {}

    @property
    def leaky_slope(self) -> float | None:
        """The slope of a leaky ReLU."""
        return self.constants.get("leaky_relu_slope")

    @cached_property
    def huber_delta(self) -> Number | None:
        """The δ of the Huber loss, on the line that names it."""
        lines = [words for words in self.words if "huber" in words]
        return next((n for words in lines for n in numbers_after(words, HUBER_DELTA)), None)

    def number(self, table: Phrases) -> Number | None:
        """Return the first number that is said for one of some phrases."""
        return next((n for words in self.words for n in numbers_after(words, table)), None)

    # --- rules -----------------------------------------------------------------------------------

    @cached_property
    def activations(self) -> dict[str, str]:
        """The activation of the hidden units, of the outputs, and ("") of all: the one said.

        Where several are said of one place none counts. "linear" alone says nothing: much is.
        """
        found: dict[str, set[str]] = {}
        for words in self.words:
            for clause in clauses(words):
                places = [at for at, word in enumerate(clause) if word in PLACES]
                for at, name in said(clause, ACTIVATION_WORDS):
                    if places or name != "identity" or {"neuron", "unit"} & set(clause):
                        nearest = min(places, key=lambda place: abs(place - at), default=None)
                        where = "" if nearest is None else PLACES[clause[nearest]]
                        if name == "softmax":  # of outputs, whatever stands beside it
                            where = "output"
                        found.setdefault(where, set()).add(name)
        return {where: names.pop() for where, names in found.items() if len(names) == 1}

    def activation(self, is_output: bool) -> str | None:
        """Return the activation that is said of the outputs or of the hidden units."""
        said_here = self.activations.get("output" if is_output else "hidden")
        return said_here or self.activations.get("")

    @cached_property
    def losses(self) -> list[str]:
        """The losses that are said, "" for one that the table does not have."""
        found = [name for words in self.words for _, name in said(words, LOSS_WORDS)]
        return list(dict.fromkeys(found))

    def possible_losses(self, ending: str) -> Iterator[str]:
        """Yield the losses to try behind the last activation: those said, else the usual."""
        if said := [name for name in self.losses if name]:
            for name in said:
                entropy = name == "cross_entropy" and ending == "sigmoid"
                yield from SAID.get(name, ("binary_cross_entropy" if entropy else name,))
            return
        yield from {"softmax": ("cross_entropy",)}.get(ending, LIKELY_LOSSES)
        if ending == "sigmoid":
            yield "binary_cross_entropy"

    @cached_property
    def reductions(self) -> list[str]:
        """How the losses of the examples are said to be joined; none where it is said two ways."""
        found = {
            name
            for words in self.words
            for at, name in said(words, REDUCTION_WORDS)
            if OF_EXAMPLES & set(words[at + 1 : at + REACH_OF_SUMS])
        }
        return list(found) if len(found) == 1 else []

    @cached_property
    def optimizers(self) -> list[str]:
        """The optimizers that are said, "" for one that the table does not have."""
        found = [name for words in self.words for _, name in said(words, OPTIMIZER_WORDS)]
        return list(dict.fromkeys(found))

    @cached_property
    def has_decay(self) -> bool:
        """Whether weight decay is said."""
        tables = (DECAY_WORDS, REGULARIZED_WORDS)
        return any(list(said(words, table)) for words in self.words for table in tables)

    @cached_property
    def starts_afresh(self) -> bool:
        """Whether it is said that the optimizer carries nothing into the step."""
        return any(list(said(words, AFRESH_WORDS)) for words in self.words)


def clauses(words: Words) -> Iterator[Words]:
    """Yield the parts of a line between commas, full stops and "and"."""
    start = 0
    for end in [*(at for at, word in enumerate(words) if word in PARTING), len(words)]:
        yield words[start:end]
        start = end + 1


def phrase_at(words: Words, at: int, table: Phrases) -> tuple[int, str] | None:
    """Return how many words the phrase at a place has, and what it means."""
    for phrase, name in table.get(words[at], ()):
        if list(words[at : at + len(phrase)]) == phrase:
            return len(phrase), name
    return None


def said(words: Words, table: Phrases) -> Iterator[tuple[int, str]]:
    """Yield where phrases stand and what they mean, but for those that are said not to be."""
    at = 0
    while at < len(words):
        length, name = phrase_at(words, at, table) or (1, None)
        if name is not None and not NOT & set(words[max(0, at - REACH_OF_NOT) : at]):
            yield at, name
        at += length


def numbers_after(words: Words, table: Phrases) -> Iterator[Number]:
    """Yield the numbers that follow a phrase: learning rate η = 0.1, a learning rate of 0.1."""
    for at, word in enumerate(words):
        if found := phrase_at(words, at, table):
            is_letter = found[0] == 1 and (len(word) == 1 or word in LETTERS)
            number = number_from(words, at + found[0], is_letter)
            if number is not None:
                yield number


def number_from(words: Words, place: int, after_letter: bool) -> Number | None:
    """Return the number behind fillers and a letter, None where something else stands there.

    After a letter only an equality is passed over: η g = 0.3 and η (0.3) do not say what η is.
    """
    letter = ""
    for at in range(place, min(place + MOST_FILLERS, len(words))):
        word = words[at]
        if re.fullmatch(r"\d*\.?\d+(?:e[+-]?\d+)?", word):
            after = words[at + 1] if at + 1 < len(words) else ""
            goes_on = after in GOES_ON or after[:1].isdigit()
            return None if goes_on else Number(float(word), letter)
        if word in (EQUALS if after_letter else FILLERS):
            continue
        is_letter = word.isalpha() and (len(word) == 1 or word in LETTERS)
        if letter or after_letter or not is_letter or "moment" in LETTERS.get(word, {}):
            return None
        letter = word
    return None
