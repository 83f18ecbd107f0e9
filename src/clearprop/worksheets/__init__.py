"""Exercises with blanks, and their answer keys.

In the order the data passes: pattern (the network an exercise is of), working (a step worked out by
any trees, in any arithmetic), worksheet (what is asked, and the answers), telling (whether the
numbers tell the right computation from every misconception), drawing (numbers from a seed until
they do).
"""
