"""The tables of signs: what each character and each LaTeX command stands for.

Left is what is written, right the kind that the grammar `formula.lark` knows it by, or for a letter
its name in ASCII.
"""

from __future__ import annotations

SIGNS = {
    **dict.fromkeys("+\uff0b", "PLUS"),
    **dict.fromkeys("-−–\u2010\u2011\ufe63\uff0d", "MINUS"),
    **dict.fromkeys("×*·∗⋅∙✕✖", "TIMES"),
    **dict.fromkeys("⊙∘⊗", "HADAMARD"),
    **dict.fromkeys("/÷∕\u2044", "DIVIDE"),
    **dict.fromkeys(("^", "**"), "CARET"),
    **dict.fromkeys("½⅓⅔¼¾⅕⅛", "VULGAR"),
    **dict.fromkeys("|∣", "BAR"),
    **dict.fromkeys(";•●▪<>≤≥≠∈≪≫", "STOP"),
    "_": "UNDER",
    "@": "MATMUL",  # in Python
    "‖": "NORM",
    "√": "ROOT",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "{": "LBRACE",
    "}": "RBRACE",
    "⌊": "LFLOOR",
    "⌋": "RFLOOR",
    ",": "COMMA",
    ":": "COLON",
    ".": "DOT",
    "—": "DASH",
}

COMMANDS = {
    **dict.fromkeys(("times", "cdot", "ast", "star", "bullet"), "TIMES"),
    **dict.fromkeys(("odot", "circ", "otimes"), "HADAMARD"),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), "FRAC"),
    **dict.fromkeys(("approx", "simeq", "sim", "cong", "thickapprox"), "≈"),
    **dict.fromkeys(("doteq", "equiv", "coloneqq", "triangleq", "eqqcolon"), "="),
    **dict.fromkeys(("to", "rightarrow", "longrightarrow", "mapsto"), "→"),
    **dict.fromkeys(("leftarrow", "longleftarrow", "gets", "Leftarrow"), "←"),
    **dict.fromkeys(("implies", "Rightarrow", "Longrightarrow", "therefore", "because"), "STOP"),
    **dict.fromkeys(("iff", "Leftrightarrow", "land", "item", "par", "tag"), "STOP"),
    **dict.fromkeys(("lt", "gt", "leq", "geq", "le", "ge", "neq", "in"), "STOP"),
    **dict.fromkeys(("lvert", "rvert", "vert", "mid"), "BAR"),
    **dict.fromkeys(("|", "Vert", "lVert", "rVert"), "NORM"),
    **dict.fromkeys(("{", "lbrace"), "LPAR"),
    **dict.fromkeys(("}", "rbrace"), "RPAR"),
    **dict.fromkeys((",", ":", "!", ">", " ", "thinspace", "left", "right", "big", "Big"), ""),
    **dict.fromkeys(("bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr"), ""),
    **dict.fromkeys(("displaystyle", "textstyle", "nonumber", "notag", "hline", "small"), ""),
    **dict.fromkeys(("mathbf", "boldsymbol", "bm", "vec", "mathrm", "text", "underbrace"), ""),
    **dict.fromkeys(("mathit", "textbf", "textit", "boxed", "limits", "nolimits", "toprule"), ""),
    **dict.fromkeys(("midrule", "bottomrule", "centering", "noindent", "color", "tiny"), ""),
    **dict.fromkeys(("(", ")", "[", "]", ";"), "GAP"),
    "div": "DIVIDE",
    "partial": "PARTIAL",
    "nabla": "GRADIENT",
    "sqrt": "ROOT",
    "lfloor": "LFLOOR",
    "rfloor": "RFLOOR",
    "prime": "PRIME",
    "_": "UNDER",
    "ell": "l",
}

COUNT = "len()"  # the name of len(y) and X.shape[0], which nobody can write

RELATIONS = {
    **dict.fromkeys(("=", ":=", "≔", "==", "===", "≡", "≐"), "="),
    **dict.fromkeys(("≈", "≃", "≅", "≒", "~="), "≈"),
    **dict.fromkeys(("→", "⟶", "⟼", "↦", "->", "-->"), "→"),
    **dict.fromkeys(("←", "⟵", "<-", "<--"), "←"),
}

GREEK_LETTERS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
GREEK = {
    **dict(zip("αβγδεζηθικλμνξοπρστυφχψω", GREEK_LETTERS, strict=True)),
    **dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", map(str.title, GREEK_LETTERS), strict=True)),
    "ϕ": "phi",
    "ϵ": "epsilon",
    "ϑ": "theta",
    "ς": "sigma",
    "ℓ": "l",
    "µ": "mu",
}
GREEK_COMMANDS = {
    **{name: name for name in (*GREEK_LETTERS, *map(str.title, GREEK_LETTERS))},
    **{f"var{name}": name for name in ("epsilon", "theta", "rho", "phi", "sigma", "kappa", "pi")},
}

ACCENTS = {
    **dict.fromkeys(("hat", "widehat", "\u0302"), "hat"),
    **dict.fromkeys(("tilde", "widetilde", "\u0303"), "tilde"),
    **dict.fromkeys(("bar", "overline", "\u0304", "\u0305"), "bar"),
    **dict.fromkeys(("dot", "\u0307"), "dot"),
    **dict.fromkeys(("check", "\u030c"), "check"),
}

LOWER = dict(
    zip("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜᵢᵣᵤᵥⱼᵦ₊₋₍₎₌", "0123456789aeoxhklmnpstiruvjb+-()=", strict=True)
)
UPPER = dict(
    zip("⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᵗⁿʰᵏˡᵐˣʸᶻᵀᴸ⁺⁻⁽⁾·.˙⋅ᴺ", "0123456789abcdetnhklmxyzTL+-()....N", strict=True)
)

VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅛": (1, 8)}

FUNCTIONS = {
    **dict.fromkeys(("sigmoid", "sig", "logistic", "expit", "logsig"), "sigmoid"),
    **dict.fromkeys(("tanh", "tansig"), "tanh"),
    **dict.fromkeys(("relu",), "relu"),
    **dict.fromkeys(("leakyrelu", "lrelu"), "leaky_relu"),
    **dict.fromkeys(("ln", "log"), "log"),
    **dict.fromkeys(("sgn", "sign"), "sign"),
    **dict.fromkeys(("abs", "fabs"), "abs"),
    **dict.fromkeys(("pow", "power"), "pow"),
    **dict.fromkeys(("max", "maximum"), "max"),
    **dict.fromkeys(("f", "g", "phi"), ""),
    **{name: name for name in ("sigma", "softmax", "softplus", "elu", "gelu", "silu")},
    **{name: name for name in ("exp", "sqrt", "erf", "cos", "sin", "cosh", "sinh", "floor")},
    **{name: name for name in ("min", "dot", "outer", "matmul")},
    "Phi": "cdf",
    "Softmax": "softmax",
}
WITHOUT_BRACKETS = {"ln", "log", "exp", "tanh", "sqrt", "cos", "sin", "sgn"}
