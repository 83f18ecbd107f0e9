"""Trees of solutions as short text, so that a test can say on one line what was read."""

from clearprop.checking.reading import read
from clearprop.checking.solution import Chain, IndexedSum, Matrix
from clearprop.formulas.expressions import (
    Call,
    Expression,
    Negative,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
)


def short(tree: Expression | None) -> str:
    match tree:
        case None:
            return "?"
        case Variable(name):
            return name.text
        case Sum(terms):
            return f"({' + '.join(map(short, terms))})"
        case Product(factors):
            return f"({' * '.join(map(short, factors))})"
        case Quotient(top, bottom):
            return f"({short(top)} / {short(bottom)})"
        case Negative(operand):
            return f"-{short(operand)}"
        case Power(base, exponent):
            return f"{short(base)}^{exponent}"
        case Call(function, arguments):
            return f"{function}<{', '.join(map(short, arguments))}>"
        case Matrix(rows):
            return f"[{'; '.join(', '.join(map(short, row)) for row in rows)}]"
        case IndexedSum(index, body):
            return f"sum_{index}<{short(body)}>"
    raise AssertionError(tree)


def short_chain(chain: Chain) -> str:
    return " ".join(f"{link.relation} {short(link.tree)}".strip() for link in chain.links)


def chains(text: str) -> list[str]:
    return [short_chain(chain) for chain in read(text).chains]
