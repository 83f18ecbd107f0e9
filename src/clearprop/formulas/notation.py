"""The letters: one legend for code, documents and every renderer.

A `Symbol` is a letter with its marks (w₃, ŷ₁, z_h, W1[3,7], w₃_new, z_h@2), a `Ratio` the
derivative of one symbol by another (∂L/∂w₃). Both know their ASCII form, the `id`; how they look
in text, LaTeX or MathML is the renderers' business, by the table of letters below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# letter in ids -> (text, LaTeX)
LETTERS = {
    "yhat": ("ŷ", r"\hat{y}"),
    "mhat": ("m̂", r"\hat{m}"),
    "vhat": ("v̂", r"\hat{v}"),
    "eta": ("η", r"\eta"),
    "alpha": ("α", r"\alpha"),
    "beta1": ("β₁", r"\beta_1"),
    "beta2": ("β₂", r"\beta_2"),
    "beta1_t": ("β₁ᵗ", r"\beta_1^t"),
    "beta2_t": ("β₂ᵗ", r"\beta_2^t"),
    "epsilon": ("ε", r"\varepsilon"),
    "rho": ("ρ", r"\rho"),
    "lambda": ("λ", r"\lambda"),
    "pi": ("π", r"\pi"),
    "huber_delta": ("δ_huber", r"\delta_{\text{huber}}"),
    "leaky_relu_slope": ("slope", r"\text{slope}"),
    "elu_alpha": ("α_elu", r"\alpha_{\text{elu}}"),
    "delta": ("δ", r"\delta"),
    "step": ("Δ", r"\Delta"),
    "sigmoid": ("σ", r"\sigma"),
    "relu": ("ReLU", r"\operatorname{ReLU}"),
    "leaky_relu": ("LeakyReLU", r"\operatorname{LeakyReLU}"),
    "elu": ("ELU", r"\operatorname{ELU}"),
    "gelu": ("GELU", r"\operatorname{GELU}"),
    "silu": ("SiLU", r"\operatorname{SiLU}"),
    "softplus": ("softplus", r"\operatorname{softplus}"),
    "softmax": ("softmax", r"\operatorname{softmax}"),
    "cdf": ("Φ", r"\Phi"),
}

PREFIXES = ("step",)  # letters that stand directly before what they mark: Δw₃


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter with its marks.

    >>> Symbol("w", "3", new=True).id
    'w3_new'
    >>> Symbol("z", Symbol("h", "2"), example=1).id
    'z_h2@1'
    >>> Symbol("W", layer=1, index=(3, 7)).id
    'W1[3,7]'
    """

    letter: str
    subscript: str | Symbol = ""
    layer: int | None = None
    index: tuple[int, ...] = ()
    new: bool = False
    example: int | None = None  # one-based, as people count

    @property
    def id(self) -> str:
        """The symbol in ASCII, as it is typed on the command line."""
        return self.letter + self.marks(self.subscript_id)

    @property
    def subscript_id(self) -> str:
        """The subscript in ASCII: digits follow the letter, words and symbols an underscore."""
        if isinstance(self.subscript, Symbol):
            return f"_{self.subscript.id}"
        joined = self.subscript[:1].isdigit() or not self.subscript
        return self.subscript if joined else f"_{self.subscript}"

    def marks(self, subscript: str) -> str:
        """Return all that follows the letter, with the subscript given as text."""
        layer = "" if self.layer is None else str(self.layer)
        index = f"[{','.join(map(str, self.index))}]" if self.index else ""
        new = "_new" if self.new else ""
        example = "" if self.example is None else f"@{self.example}"
        return f"{subscript}{layer}{index}{new}{example}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The derivative of one symbol by another: ∂top/∂bottom."""

    top: Symbol
    bottom: Symbol
    example: int | None = None

    @property
    def id(self) -> str:
        """The derivative in ASCII, `dL/dw3`."""
        example = "" if self.example is None else f"@{self.example}"
        return f"d{self.top.id}/d{self.bottom.id}{example}"


Mark = Symbol | Ratio


def ratio(top: Symbol, bottom: Symbol) -> Ratio:
    """Return ∂top/∂bottom with the example written once, at the end."""
    example = top.example if bottom.example is None else bottom.example
    return Ratio(replace(top, example=None), replace(bottom, example=None), example)
