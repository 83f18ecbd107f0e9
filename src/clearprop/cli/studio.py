"""`clearprop studio`: the web application, on this machine."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from clearprop.cli.options import option
from clearprop.errors import MissingExtra

SERVER = "The server"
HOST, PORT = "127.0.0.1", 8817

Source = Annotated[
    str | None,
    typer.Argument(
        help="A lesson file, the folder of a run, or data: a file or a built-in name. "
        "Default: the seed's 2-1-1 network.",
        metavar="LESSON.toml | RUN | DATA",
        show_default=False,
    ),
]
Target = Annotated[
    str | None,
    option("The column to learn, of data that do not say it.", "The data", metavar="COLUMN"),
]
Host = Annotated[
    str,
    option(
        f"Where it listens. Default: {HOST}, which only this machine can reach; others take"
        " a --token too.",
        SERVER,
        metavar="HOST",
    ),
]
Port = Annotated[
    int,
    option(
        f"Its port, or the next that is free. Default: {PORT}; 0 is any.", SERVER, metavar="PORT"
    ),
]
Token = Annotated[
    str | None, option("A word that the address has to have.", SERVER, metavar="WORD")
]
NoBrowser = Annotated[bool, option("Only print the address.", SERVER, "--no-browser")]


def studio(
    source: Source = None,
    target: Target = None,
    host: Host = HOST,
    port: Port = PORT,
    token: Token = None,
    no_browser: NoBrowser = False,
) -> None:
    """Open the studio: work one step, train and look inside, check a solution, in the browser."""
    from clearprop.studio.opening import opening_of

    opening = opening_of(source, target)
    try:
        serving = import_module("clearprop.studio.serving")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"the studio needs {error.name}; install it with pip install 'clearprop[studio]'"
        ) from None

    def say(where: str) -> None:
        print(f"{where}\nCtrl-C ends it.", flush=True)

    serving.serve(opening, host, port, token, not no_browser, say)
