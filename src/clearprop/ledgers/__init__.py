"""Ledgers: why a weight has its value, from one update and from a whole span of a run.

In the order the data passes:

    selection    a name -> one weight or bias, a unit, or a layer
    shares       a step -> what each example of its batch adds to the gradient
    carrying     an update rule -> what becomes of a gradient, in its own step and in later ones
    turns        a span of steps -> the shares of their batches, and what made their updates
    additions    what entries added: vectors, written out, as products of two, or only measured
    account      Account: what each example added over a span, and how the parameters stand
    stretches    shares and what becomes of them -> an account, one stretch of steps after another
    first_layer  the same of a first layer with denominators, one unit after another; unit_kernel
                 has its compiled loops
    bookkeeping  a selection and a span -> the account, by the way that is its own
    ledger       Ledger: the statement of a weight, unit or layer
    update_lines the lines of one update: rate, clipping, the rule's trees with numbers
    explanation  Explanation: one update of one weight, every number of it
    blame        Blame: the weight that misled about a row, and the examples that made it so

`run.explain`, `run.ledger` and `run.blame` are the doors to it.
"""
