"""Runs: the record of a training on disk, and what can be done with it.

In the order the data passes:

    source       where the data came from, and how to load them again
    folder       a folder that appears whole or not at all
    tensors      parameters and split <-> safetensors
    manifest     run.json: everything else, as plain text
    run          Run: predict, evaluate, a lesson from one example
    predictions  a frame of predictions and probabilities
    evaluation   scores of a run on some rows
    making       data and wishes -> training -> Run
    reading      a folder -> Run
    listing      the runs in a folder

Nothing is imported here, so that `import clearprop.runs` stays cheap.
"""
