"""Runs the command line as `python -m clearprop`."""

from clearprop.cli import main

main()
