"""What a network is: layers, parameters, the names of its quantities, the lesson file.

In the order of reading: network, parameters, initializers, learning, quantities, names, lesson.
No data passes here.
"""
