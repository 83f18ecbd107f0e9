"""Sweeps: many trainings of small networks, over seeds and over grids of rate, momentum and width.

In the order the data passes:

    goals        when a network counts as converged
    planning     data, wishes, seeds and grids -> a plan, checked
    starts       the starting weights of many seeds
    outcomes     how each network ended -> a frame
    in_lanes     tiny networks of one shape, one in each lane of the machine's vectors
    one_by_one   any other network, by the engine that `train` has for it
    carrying_out the plan's work over the cores; ctrl-C keeps what is finished
    sweep        the result: the frame, what it says in sum, the command that repeats a row

Nothing is imported here.
"""
