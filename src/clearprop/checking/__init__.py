"""Marking somebody's worked solution: each equality judged, the first mistake named.

In the order the data passes:

    source          the file, as text
    solution        what stands in it: chains of formulas over names as written
    reading         from a document to its chains, by a written grammar
    examples        which example a name is of, by the headings
    products        which shapes go together, and what comes out
    symbols         what letter and indices say of a vector's name
    layout          which way the matrices of a solution lie
    shapes          which names are vectors or matrices, and how long
    entries         where an entry is found, and what it is called
    vectors         equalities of vectors, entry by entry
    keys, numerals  when two names are one; which sides are numbers alone
    meanings        what a name can mean, and its exact value
    interpretation  from a formula as written to a tree over quantities
    letters, kinds  what other people's letters and indices stand for
    short_slopes    derivatives by short names, such as dw1
    conventions     what the letters of a solution keep to
    siblings        what w₁ and w₂ say for w₃; shared_biases: a slope that is the sum of several
    names, evidence whose quantity a name is: by formulas, by values, by its letter
    carried_names   what a velocity or moment is of, before a step and after it
    other_examples  what a name means by what it means in another example
    statements      what is said in words: activations, loss, optimizer, learning rate
    rules, put_in, by_value, units, structure   the network, read out of the formulas
    written_losses  which losses are written out as formulas
    learning, gaps  how it learns, and what stays open, so that it cannot be judged
    agreement, understanding   the lesson of a solution: the one that most of its values agree with
    given_numbers, written_biases, stated, proposing   the same where formulas are left out: from
                        numbers that are stated, and the sums that they stand in
    intervals       what a printed number leaves open, carried through the arithmetic
    paper           what is written so far, and what follows from it
    identities      formulas that hold for any number or any unit
    sides, judging  a mark for each equality; alone: without a network
    passes          one training step after another
    mistakes        the known misconceptions, each a variant of the step's equations
    naming, blame   which of them gives the very digits printed
    report          the marks, as data
    marking         all of it, from the text to the report
"""
