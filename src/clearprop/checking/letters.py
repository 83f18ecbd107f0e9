"""What the letters of other people usually stand for, and how they number their units and weights.

Comes in: a network. Goes out: the candidates for a written name, each with how well letter and
index suit it. Values and formulas decide between them (`names.py`); here are only habits, as
tables: the letters of Rumelhart, Mitchell, Bishop, Haykin, Ng, Nielsen, Han & Kamber, Negnevitsky.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from clearprop.checking.meanings import Meaning, Share
from clearprop.checking.solution import Written
from clearprop.formulas.expressions import Call, Number, Variable, total
from clearprop.network.network import Network
from clearprop.network.quantities import (
    Activation,
    Bias,
    Constant,
    Loss,
    NetInput,
    Slope,
    State,
    Target,
    Updated,
    Weight,
    delta,
    gradient,
)

Fit = Mapping[str, float]  # kind of quantity -> how usual the letter is for it
Counted = tuple[str, tuple[str, ...], str, int | None]  # letter, subscripts, superscript, example
Labels = dict[tuple[str, str], float]  # (subscripts, superscript) -> how usual

USUAL: Mapping[str, Fit] = {  # letters, separated by spaces -> what they usually stand for
    "inp input inputs i": {"input": 1.5},
    "x X": {"input": 1.5, "net": 0.7},
    "in": {"input": 1.3, "net": 1.2},
    "I": {"net": 1.2, "input": 1.2},
    "w W omega weight": {"weight": 1.5, "bias": 0.6},
    "theta Theta": {"weight": 1.1, "bias": 1.1, "threshold": 1.1},
    "b B bias": {"bias": 1.5},
    "c": {"bias": 0.8, "loss": 0.6},
    "z Z": {"net": 1.5, "unit": 0.9},
    "net n preact pre": {"net": 1.5},
    "s S": {"net": 1.5, "sum of exponentials": 1.0, "moment": 0.9},
    "sum": {"net": 1.5, "sum of exponentials": 1.0},
    "u U V": {"net": 1.2, "weight": 1.2},
    "a A act": {"unit": 1.3, "net": 0.9, "input": 0.8},
    "h H hidden": {"hidden": 1.5, "net": 0.8, "output": 0.7},
    "o O out output": {"output": 1.4, "unit": 1.3, "input": 0.7},
    "y Y": {"target": 1.2, "output": 1.2, "unit": 1.0, "input": 0.6},
    "yhat Yhat pred prediction p P ypred": {"output": 1.5},
    "t T target targets label labels desired yd ytrue": {"target": 1.5},
    "d": {"target": 1.5, "delta": 1.2, "negative delta": 1.0},
    "L E J C loss cost Loss Cost MSE SSE SSR BCE CE total": {"loss": 1.5, "share": 1.4},
    "Error": {"loss": 1.5, "share": 1.4, "error": 1.1, "negative delta": 1.0, "delta": 0.8},
    "e err Err error": {
        "error": 1.3,
        "negative delta": 1.3,
        "delta": 1.0,
        "loss": 1.0,
        "share": 0.9,
        "error slope": 0.5,
        "negative error slope": 0.5,
    },
    "delta": {
        "delta": 1.5,
        "negative delta": 1.2,
        "error slope": 0.6,
        "negative error slope": 0.5,
    },
    "eta lr l rate learningrate learning": {"rate": 1.5},
    "alpha mu gamma": {"rate": 1.5, "momentum": 1.4},
    "beta": {"momentum": 1.5},
    "epsilon": {"rate": 1.2, "epsilon": 1.2},
    "eps": {"epsilon": 1.2},
    "step Delta": {"change": 1.5, "delta": 1.0, "negative delta": 1.0},
    "m": {"moment": 1.5},
    "v": {"moment": 1.5, "net": 1.2, "weight": 1.2},
    "mhat vhat": {"corrected moment": 1.5},
}
LETTERS: Mapping[str, Fit] = {
    letter: fit for letters, fit in USUAL.items() for letter in letters.split()
}
MASKED: Fit = {"delta": 1.5}  # of d after d[h <= 0] = 0, which `reading/sessions.py` calls so
ERROR_SLOPES = ("error slope", "negative error slope")  # of the δ's, Fausett's δ_in alone
OTHER_INDEX = -0.75  # that nobody numbers so
NO_INDEX = -1.1  # of one weight of several, which w alone does not tell
ANY_KIND = ("input", "weight", "bias", "net", "unit", "target", "loss", "delta", "share")
ANY: Fit = dict.fromkeys(ANY_KIND, 0.2)
ROLES = {  # layer's place -> what its units are called
    "input": ("i", "x", "in", "input"),
    "hidden": ("h", "hidden", "hid"),
    "output": ("o", "out", "output", "y", "yhat"),
}


def desired(labels: Labels) -> Labels:
    """Return the indices of a desired output, y_d5, by those of the output."""
    marked = {
        (f"d{mark}{sub}", sup): fit for (sub, sup), fit in labels.items() for mark in ("", ",")
    }
    return marked | {("d", ""): 1.0, ("true", ""): 1.0}


def velocities(parameter: Weight | Bias) -> list[Meaning]:
    """Return what people call the velocity: v = βv + g, the step βv - ηg, or its negative.

    The steps of v = βv + g are all -η times as long, as long as the rate stays the same.
    """
    step = Variable(Updated(State("step", parameter)))
    return [-step / Variable(Constant("rate")), step, -step]


@dataclass(frozen=True)
class Candidate:
    """What a name may mean, and how well its letter and index suit that."""

    meaning: Meaning
    fit: float


@dataclass(frozen=True)
class Candidates:
    """The candidates for the names of one network's step over some examples."""

    network: Network
    examples: int = 1
    weights_are_w: bool = False  # θ then stands for thresholds
    constants: frozenset[str] = frozenset({"rate"})  # that the step's rules have
    targets_are_t: bool = False  # y then stands for outputs

    def of(self, written: Written, counted: Counted) -> Iterator[Candidate]:
        """Yield what a name may mean, by its letter; by nothing where the letter is unknown.

        `counted` is the name's key, its indices counted from 1.
        """
        plain = written.letter.removesuffix("bar")  # a bar marks a vector, or the slope by it
        fit = LETTERS.get(written.letter) or LETTERS.get(plain, ANY)
        fit = MASKED if written.letter.startswith("masked") else fit
        examples = range(self.examples)
        if written.example is not None:
            examples = range(written.example - 1, min(written.example, self.examples))
        key = (",".join(counted[1]), counted[2].strip("()[]"))
        several = {"weight"} if len(self.weights) > 1 else set()
        several |= {"bias", "threshold"} if len(self.biases) > 1 else set()
        for kind, usual in fit.items():
            if kind == "weight" and self.weights_are_w and written.letter in ("theta", "Theta"):
                continue
            if kind == "target" and self.targets_are_t and written.letter in ("y", "Y"):
                continue
            for meaning, labels in self.of_kind(kind, written.letter, examples):
                index = labels.get(key, 0.0 if key == ("", "") else OTHER_INDEX)
                if key == ("", "") and kind in several:
                    index = NO_INDEX
                of_delta = kind in ERROR_SLOPES and written.letter == "delta"
                if of_delta and not key[0].startswith("in"):
                    continue
                yield Candidate(meaning, usual + index)

    def of_kind(self, kind: str, letter: str, examples: range) -> Iterator[tuple[Meaning, Labels]]:
        """Yield all quantities of a kind, with the indices that people give them."""
        depth = self.network.depth
        match kind:
            case "weight":
                yield from ((Variable(w), self.labels[w]) for w in self.weights)
            case "bias":
                yield from ((Variable(b), self.labels[b]) for b in self.biases)
            case "threshold":
                yield from ((-Variable(b), self.labels[b]) for b in self.biases)
            case "rate" | "momentum" | "epsilon":
                if kind in self.constants:
                    yield Variable(Constant(kind)), {}
            case "change":
                for parameter in self.parameters:
                    change = Variable(Updated(parameter)) - Variable(parameter)
                    yield change, self.labels_of_changes[parameter]
                    yield Variable(gradient(parameter)), {}
            case "moment":
                for parameter in self.parameters:
                    labels = self.labels_of_changes[parameter] | self.labels[parameter]
                    own = "v" if letter in ("s", "S") else letter  # of RMSprop
                    yield Variable(Updated(State(own, parameter))), labels
                    if "momentum" in self.constants:
                        yield from ((v, labels) for v in velocities(parameter))
            case "corrected moment":
                for parameter in self.parameters:
                    yield Variable(State(letter, parameter)), self.labels_of_changes[parameter]
            case "sum of exponentials":
                if self.network.activation(depth) == "softmax":
                    yield from ((self.exponentials(example), {}) for example in examples)
            case "loss" if len(examples) < self.examples:
                yield from ((Variable(Loss(k)), {("", ""): 1.0}) for k in examples)
            case "loss":
                yield (
                    Variable(Loss()),
                    {("", ""): 1.0, ("total", ""): 1.5, ("tot", ""): 1.5}
                    | {(index, ""): 0.8 for index in "ipkn"},
                )
                if self.examples > 1:
                    yield from ((Variable(Loss(k)), {(str(k + 1), ""): 1.0}) for k in examples)
            case _:
                layers = {"input": [0], "hidden": range(1, depth), "output": [depth]}
                layers["unit"] = range(1, depth + 1)
                at_end = kind in ("target", "share", "error")
                for layer in [depth] if at_end else layers.get(kind, layers["unit"]):
                    for unit in range(self.network.layers[layer]):
                        labels = self.labels_of_units[layer, unit]
                        if kind == "target":
                            labels = labels | desired(labels)
                        for example in examples:
                            meaning = self.of_unit(kind, layer, unit, example)
                            yield meaning, labels
                            if kind in ("delta", "negative delta") and self.examples > 1:
                                yield Number(self.examples) * meaning, labels

    def exponentials(self, example: int) -> Meaning:
        """Return what the softmax of an example divides by: the sum of all e^z."""
        layer = self.network.depth
        units = range(self.network.layers[layer])
        nets = [Variable(NetInput(layer, unit, example)) for unit in units]
        return total(Call("exp", (net,)) for net in nets)

    def of_unit(self, kind: str, layer: int, unit: int, example: int) -> Meaning:
        """Return a unit's quantity of a kind."""
        here = Activation(layer, unit, example)
        match kind:
            case "net":
                return Variable(NetInput(layer, unit, example))
            case "target":
                return Variable(Target(unit, example))
            case "delta":
                return Variable(delta(layer, unit, example))
            case "negative delta":
                return -Variable(delta(layer, unit, example))
            case "error slope":
                return Variable(Slope(Loss(), here))
            case "negative error slope":
                return -Variable(Slope(Loss(), here))
            case "error":
                return Variable(Target(unit, example)) - Variable(here)
            case "share":
                return Variable(Share(Loss(example if self.examples > 1 else None), unit))
        return Variable(here)

    # --- how people number ------------------------------------------------------------------------

    @cached_property
    def weights(self) -> list[Weight]:
        """All weights, in the order of their numbers."""
        sizes = self.network.layers
        return [
            Weight(layer, unit, source)
            for layer in self.network.layer_numbers
            for unit in range(sizes[layer])
            for source in range(sizes[layer - 1])
        ]

    @cached_property
    def biases(self) -> list[Bias]:
        """All biases, in the order of their numbers."""
        layers = [layer for layer in self.network.layer_numbers if self.network.has_biases(layer)]
        return [Bias(layer, unit) for layer in layers for unit in range(self.network.layers[layer])]

    @cached_property
    def parameters(self) -> list[Weight | Bias]:
        """All weights, then all biases."""
        return [*self.weights, *self.biases]

    @cached_property
    def starts(self) -> list[int]:
        """How many inputs and units stand before each layer, where they are numbered through."""
        return list(accumulate(self.network.layers, initial=0))

    def place(self, layer: int) -> str:
        """Return whether a layer is the input, a hidden one or the output."""
        return "input" if layer == 0 else "output" if layer == self.network.depth else "hidden"

    @cached_property
    def labels_of_units(self) -> Mapping[tuple[int, int], Labels]:
        """The indices that people give each input and unit, by layer and place."""
        sizes = enumerate(self.network.layers)
        places = [(layer, unit) for layer, size in sizes for unit in range(size)]
        return {place: self.unit_labels(*place) for place in places}

    def unit_labels(self, layer: int, unit: int) -> Labels:
        """Return the indices that people give a unit, with how usual they are."""
        number, through = unit + 1, self.starts[layer] + unit + 1
        alone, several = self.network.layers[layer] == 1, self.network.depth > 2
        labels: Labels = {
            (str(unit), ""): 0.5,
            (str(through), ""): 0.8,
            (f"{layer},{unit}", ""): 0.6,
            (f"{layer}{number}", ""): 1.2,
            (f"{layer},{number}", ""): 1.5,
            (str(number), str(layer + 1)): 1.2,
            (str(unit), str(layer)): 0.8,
            (str(number), str(layer)): 2.0,
            (str(number), ""): 1.0,
            (f"in{number}", ""): 0.9,
            (f"in,{number}", ""): 0.9,
        }
        for role in ROLES[self.place(layer)]:
            hidden = several and self.place(layer) == "hidden"
            labels[(f"{role}{number}", "")] = 0.9 if hidden else 2.0
            labels[(f"{role},{number}", "")] = 0.9 if hidden else 2.0
            if hidden:
                labels |= {(f"{role}{layer}{mark}{number}", ""): 2.0 for mark in ("", ",", "_")}
            if alone:
                labels[(role, "")] = 2.0
                labels[(f"{role}{layer}", "")] = 1.0
        if alone:
            labels |= {(index, ""): 0.7 for index in "ijk"}
            labels |= {("", str(layer)): 2.0, ("", str(layer + 1)): 1.0, (str(layer), ""): 1.0}
            labels[("", "")] = 1.0
        return labels

    def weight_labels(self, weight: Weight) -> Labels:
        """Return the indices that people give a weight."""
        layer, to, source = weight.layer, weight.unit + 1, weight.source + 1
        number = self.weights.index(weight) + 1
        in_layer = weight.unit * self.network.layers[layer - 1] + source
        through, below = self.starts[layer] + to, self.starts[layer - 1] + source
        labels: Labels = {
            (str(number - 1), ""): 0.4,
            (str(in_layer), str(layer)): 1.2,
            (str(source), ""): 0.7,
            (str(number), ""): 1.5,
        }
        if self.network.layers[layer] == 1:
            labels[(f"{layer},{source}", "")] = 1.0
        for mark in (",", ""):
            labels |= {
                (f"{to - 1}{mark}{source - 1}", str(layer)): 1.0,
                (f"{source}{mark}{to}", ""): 1.0,
                (f"{to}{mark}{source}", ""): 1.2,
                (f"{through}{mark}{below}", ""): 1.2,
                (f"{below}{mark}{through}", ""): 1.5,
                (f"{source}{mark}{to}", str(layer)): 1.5,
                (f"{to}{mark}{source}", str(layer)): 2.0,
            }
            labels |= {
                (f"{layer},{to}{mark}{source}", ""): 1.5,
                (f"{to}{mark}{source}", str(layer + 1)): 1.0,
            }
            for role in ROLES[self.place(layer)]:
                for other in ROLES[self.place(layer - 1)]:
                    labels[(f"{other}{source}{mark}{role}{to}", "")] = 2.0
                    labels[(f"{role}{to}{mark}{other}{source}", "")] = 2.0
                    if self.network.layers[layer] == 1:
                        labels[(f"{other}{source}{mark}{role}", "")] = 2.0
        return labels

    def bias_labels(self, bias: Bias) -> Labels:
        """Return the indices that people give a bias."""
        number, layer = self.biases.index(bias) + 1, bias.layer
        to = bias.unit + 1
        shared: Labels = {(str(layer), ""): 0.9, ("", str(layer)): 1.0, (str(number), ""): 1.5}
        shared |= {(f"{to}{mark}0", str(layer)): 2.0 for mark in ("", ",")}
        shared |= {(f"0{mark}{to}", str(layer)): 1.5 for mark in ("", ",")}
        return self.labels_of_units[layer, bias.unit] | shared

    @cached_property
    def labels(self) -> Mapping[Weight | Bias, Labels]:
        """The indices that people give each weight and each bias."""
        of_weights = {weight: self.weight_labels(weight) for weight in self.weights}
        return of_weights | {bias: self.bias_labels(bias) for bias in self.biases}

    @cached_property
    def labels_of_changes(self) -> Mapping[Weight | Bias, Labels]:
        """The indices of each weight's and each bias's change."""
        return {parameter: self.changed_labels(parameter) for parameter in self.parameters}

    def changed_labels(self, parameter: Weight | Bias) -> Labels:
        """Return the indices of a change: the parameter's name stands in them, Δw₃ or Δw_{13}."""
        labels = self.labels[parameter]
        letters: tuple[str, ...] = ("b", "theta", "bias")
        if isinstance(parameter, Weight):
            letters = ("w", "W")
            if len(self.weights) == 1:
                labels = labels | {("", ""): 1.0}
        return {
            (f"{letter}{sub}", sup): fit for (sub, sup), fit in labels.items() for letter in letters
        }
