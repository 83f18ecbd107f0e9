"""Training: batches, the engine, stopping, the loop. It yields progress and knows no watcher.

In the order the data passes:

    settings      how a network is trained, checked
    choices       what follows from the data: outputs, loss, epochs
    examples      a table -> arrays in three parts
    schedules     the learning rate of each step
    dropout       which units each step leaves out
    batches       which examples step S takes, from the seed alone
    engine        the interface between the loop and what computes the steps
    reference     the engine in plain NumPy
    step_numbers  forward pass, loss and gradient of the step that follows a state
    vital_signs   norms per layer, dead units, saturation
    symptoms      what the signs say is wrong, in sentences; watched while training
    divergence    which number of a step was the first that is not finite
    scoring       loss and score of the rows that are watched
    stopping      early stopping
    loop          epochs of steps: yields progress
    threads       one, so that results do not depend on the number of cores
    interruption  ctrl-C and SIGTERM, remembered until a good moment

Nothing is imported here, so that `import clearprop.training` stays cheap.
"""
