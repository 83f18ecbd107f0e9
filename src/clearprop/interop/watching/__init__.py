"""Watching a PyTorch training loop: recorded by hooks, brought back, explained.

In the order the data passes:

    pieces       a module -> the stretches of it that can be computed again alone
    options      the optimizers that can be watched, and what each step of one goes by
    rows         rows of batches, each stored once; row_kernels are its compiled loops, which
                 read memory by address_kernels
    tape         what each step leaves behind, in sealed chunks
    folder       the files of a recording, and run.json; writer writes them beside the loop
    given        what a call was given
    batches      what the model is given, and targets -> their numbers
    gradients    passes through pieces -> gradients, inputs and deltas of Linear layers
    slopes       word of what comes back to a tensor, at the least cost
    turns        which backward passes were added to a piece's gradients
    losses       the losses that these passes came through
    standing     what stands in parameters and gradients, and what else changed it; mark_kernels
                 is its compiled loop
    stretch      ordinary steps, one after another, in columns
    hooks        hooks of modules, which a copy of a module does not have
    recorder     hooks around the loop -> rows, tape and checkpoints
    beside       what the hooks do not see: loss functions, other optimizers
    watch        `cp.torch.watch`: what may be watched, and how the watching ends
    reading      a folder -> Recording
    names        a name, clearprop's or PyTorch's -> one parameter or several
    replay       any step again, by PyTorch, held against the checkpoints
    rules        an optimizer's options -> its update as trees
    lines        an update's lines with numbers
    explanation  one update of one parameter, every number of it
    response     what an update's lines make of a gradient, and of what is carried
    account      a span of updates -> what each example added
    statement    the ledger of it: opening + entries = closing
    finding      the steps at which a condition holds
    run          WatchedRun: what can be asked of a recording
    pages        a recording and a moment of it as text

PyTorch is imported only in here, and only when something is watched or opened.
"""
