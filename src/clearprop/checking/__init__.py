"""Marking somebody's worked solution: each equality judged, the first mistake named.

In the order the data passes:

    source          the file, as text
    solution        what stands in it: chains of formulas over names as written
    reading         from a document to its chains, by a written grammar
    examples        which example a name is of, by the headings
    vectors         equalities of vectors, entry by entry
    keys, numerals  when two names are one; which sides are numbers alone
    meanings        what a name can mean, and its exact value
    interpretation  from a formula as written to a tree over quantities
    letters         what other people's letters and indices stand for
    conventions     which sign a letter has in a solution
    names, evidence whose quantity a name is: by formulas, by values, by its letter
    rules, put_in, units, structure, understanding   the network, read out of the formulas
    intervals       what a printed number leaves open, carried through the arithmetic
    paper           what is written so far, and what follows from it
    identities      formulas that hold for any number or any unit
    sides, judging  a mark for each equality; alone: without a network
    mistakes        the known misconceptions, each a variant of the step's equations
    naming, blame   which of them gives the very digits printed
    report          the marks, as data
"""
