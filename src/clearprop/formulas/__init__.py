"""What is computed: expression trees, the letters, and the tables of rules built from them.

In the order of reading: expressions, arithmetic, notation, constants, then the tables
activations, losses, optimizers, schedules. Nothing here knows a network, and nothing knows an
output format.
"""
