"""Interop: clearprop where people already work. Foreign packages are imported where they are used.

watching    anybody's PyTorch training loop, recorded and explained
"""
