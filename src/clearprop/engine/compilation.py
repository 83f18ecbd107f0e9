"""Programs compiled once per machine: text -> a file in the cache folder -> a function.

Where the folder cannot be written a temporary one serves, and every process compiles for itself.
"""

import atexit
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from clearprop.engine.assembly import Source
from clearprop.engine.rules import ROLES

logger = logging.getLogger("clearprop")
FOLDER = "CLEARPROP_CACHE"  # an environment variable that moves the cache


def cache_folder() -> Path:
    """Return where programs and what Numba makes of them are kept."""
    import platformdirs

    given = os.environ.get(FOLDER)
    return Path(given) if given else platformdirs.user_cache_path("clearprop", appauthor=False)


@cache
def temporary_folder() -> Path:
    """Return a folder for this process alone, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="clearprop-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def program_path(source: Source) -> Path:
    """Return the file of a program in the cache folder; its name tells its contents apart."""
    digest = sha256(f"{source.text}{compiler()}".encode()).hexdigest()[:12]
    return cache_folder() / f"{source.name}_{digest}.py"


@cache
def compiler() -> str:
    """Return what compiles: another version or another processor makes another program."""
    from llvmlite.binding import get_host_cpu_name

    chosen = os.environ.get("NUMBA_CPU_NAME", ""), os.environ.get("NUMBA_CPU_FEATURES", "")
    return " ".join((version("numba"), version("llvmlite"), get_host_cpu_name(), *chosen))


def is_cached(source: Source, function: str = "run") -> bool:
    """Return whether this machine has compiled a function of a program before."""
    path = program_path(source)
    try:
        return any((path.parent / "__pycache__").glob(f"{path.stem}.{function}-*.nbc"))
    except OSError:
        return False


@cache
def program(source: Source) -> ModuleType:
    """Return a program as a module; its `run` is compiled, or taken from the cache, when called."""
    without_svml()
    path = written(source)
    remove_damaged(path)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def entry(source: Source) -> Callable[..., Any]:
    """Return the function that a program is called by, to be compiled when it is."""
    run: Callable[..., Any] = program(source).run
    return run


@cache
def address(source: Source, role: str, name: str) -> int:
    """Return where the compiled function of a rule lies, for the kernels to call."""
    from numba import cfunc, types

    module = program(source)
    number = types.float32 if source.name.endswith("float32") else types.float64
    pointer: Any = types.CPointer
    kinds = {
        "F": pointer(number),
        "float64": pointer(types.float64),
        "number": types.float64,
        "int": types.intp,
    }
    signature = types.void(*(kinds[kind] for kind in ROLES[role].values()))
    compiled: Any = cfunc(signature, cache=True, **module.OPTIONS)(
        getattr(module, f"{role}_{name}")
    )
    compiled_functions.append(compiled)
    return int(compiled.address)


compiled_functions: list[Any] = []  # for as long as their addresses are called


def announce(what: Iterable[str]) -> None:
    """Say, in one line, what has to be compiled before the work begins."""
    if names := " and ".join(what):
        kept = usable_folder() == cache_folder()
        how_often = "once on this machine" if kept else "each time, for the cache is not writable"
        logger.warning("Compiling, %s: %s …", how_often, names)


def written(source: Source) -> Path:
    """Write a program's text to its file, whole or not at all, and return that."""
    path = usable_folder() / program_path(source).name
    if not path.exists():
        write_whole(path, source.text)
    return path


def remove_damaged(path: Path) -> None:
    """Remove what Numba stored for a program and a full disk, say, has cut off.

    Each of its files is a pickle, which begins with the byte 0x80 and ends with a full stop.
    """
    for stored in (path.parent / "__pycache__").glob(f"{path.stem}.*.nb?"):
        content = stored.read_bytes()
        if not (content.startswith(b"\x80") and content.endswith(b".")):
            stored.unlink()


def usable_folder() -> Path:
    """Return the cache folder, or where it cannot be written a temporary one."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_writable(folder)
    except OSError:
        return temporary_folder()
    return folder


def check_writable(folder: Path) -> None:
    """Raise OSError where a folder takes no files."""
    with tempfile.TemporaryFile(dir=folder):
        pass


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place, then move it there."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def without_svml() -> None:
    """Keep Numba from Intel's vector library, whose exp has other last bits than libm's."""
    os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"
    import numba

    setattr(numba.config, "USING_SVML", False)  # noqa: B010  (it may have been imported before)
