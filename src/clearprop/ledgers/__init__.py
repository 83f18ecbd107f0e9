"""Ledgers: why a weight has its value, from one update and from a whole span of a run.

In the order the data passes:

    selection    a name -> one weight or bias, a unit, or a layer
    shares       a step -> what each example of its batch adds to the gradient
    carrying     an update rule -> what becomes of a gradient, in its own step and in later ones
    turns        steps -> the shares of their batches, and what becomes of gradients in them
    additions    what entries added: vectors, written out or as products of two
    account      shares and what becomes of them, over a span -> one sum per example
    ledger       Ledger: the statement of a weight, unit or layer
    update_lines the lines of one update: rate, clipping, the rule's trees with numbers
    explanation  Explanation: one update of one weight, every number of it
    blame        Blame: the weight that misled about a row, and the examples that made it so

`run.explain`, `run.ledger` and `run.blame` are the doors to it.
"""
