"""Programs compiled once per machine: text -> a file in the cache folder -> a function.

Where the folder cannot be written a temporary one serves: what is compiled in the folder is copied
from there, and every process compiles the rest for itself.
"""

import atexit
import gc
import importlib.util
import inspect
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

from clearprop.cache import cache_folder
from clearprop.engine import splicing
from clearprop.engine.assembly import Source
from clearprop.engine.rules import ROLES

logger = logging.getLogger("clearprop")
WRITTEN = 1_000_000_000  # the time that every program bears: its name tells its contents apart


@cache
def temporary_folder() -> Path:
    """Return a folder for this process alone, removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="clearprop-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def program_path(source: Source) -> Path:
    """Return the file of a program in the cache folder; its name tells its contents apart."""
    made_of = f"{source.unspliced}{makers()}{compiler()}"
    digest = sha256(made_of.encode()).hexdigest()[:12]
    return cache_folder() / f"{source.name}_{digest}.py"


@cache
def makers() -> str:
    """Return what makes a program of its parts: with other code it is another program."""
    return inspect.getsource(splicing) + (files("clearprop.engine") / "intrinsics.py").read_text(
        "utf-8"
    )


@cache
def compiler() -> str:
    """Return what compiles: another version or another processor makes another program."""
    from llvmlite.binding import get_host_cpu_name

    chosen = os.environ.get("NUMBA_CPU_NAME", ""), os.environ.get("NUMBA_CPU_FEATURES", "")
    versions = sys.implementation.cache_tag, version("numba"), version("llvmlite")
    return " ".join((*versions, get_host_cpu_name(), *chosen))


def is_cached(source: Source, function: str = "run") -> bool:
    """Return whether this machine, or this process, has compiled a function of a program before."""
    path = program_path(source)
    places = [path]
    if temporary_folder.cache_info().currsize:
        places.append(temporary_folder() / path.name)
    return any(stored(place, f"{function}-*.nbc") for place in places)


def stored(path: Path, kind: str = "*.nb?") -> list[Path]:
    """Return the files of a kind in which Numba stored what it made of a program."""
    try:
        return list((path.parent / "__pycache__").glob(f"{path.stem}.{kind}"))
    except OSError:  # a folder that cannot be read
        return []


@cache
def program(source: Source) -> ModuleType:
    """Return a program as a module; its `run` is compiled, or taken from the cache, when called."""
    with uncollected():
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
    run = program(source).run

    def call(*arguments: Any) -> Any:
        if run.signatures:
            return run(*arguments)
        with uncollected():
            result = run(*arguments)
        loaded.add((source, "run"))
        return result

    return call


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage while the compiler makes a million objects that stay.

    It would look for a tenth of the time, and find little.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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
    rule = getattr(module, f"{role}_{name}")
    with uncollected():
        compiled: Any = cfunc(signature, cache=True, **module.OPTIONS)(rule)
    compiled_functions.append(compiled)
    loaded.add((source, f"{role}_{name}"))
    return int(compiled.address)


compiled_functions: list[Any] = []  # for as long as their addresses are called
loaded: set[tuple[Source, str]] = set()  # the functions that this process has


def announce(what: Iterable[str]) -> None:
    """Say, in one line, what has to be compiled before the work begins."""
    if names := " and ".join(what):
        never = "each time, for the cache is not writable"
        how_often = "once on this machine" if is_kept() else never
        logger.warning("Compiling, %s: %s …", how_often, names)


def written(source: Source) -> Path:
    """Write a program's text to its file, whole or not at all, and return that."""
    kept = program_path(source)
    path = usable_folder() / kept.name
    if not path.exists():
        if path != kept:  # the folder cannot be written, but what is compiled there can be read
            copy_stored(kept, path)
        write_whole(path, source.text)
    elif path.stat().st_mtime != WRITTEN:  # Numba compiles again what was copied without its time
        with suppress(OSError):
            os.utime(path, (WRITTEN, WRITTEN))
    return path


def copy_stored(kept: Path, path: Path) -> None:
    """Copy what Numba stored for a program, as far as it can be read, to beside another place."""
    (path.parent / "__pycache__").mkdir(exist_ok=True)
    for file in stored(kept):
        with suppress(OSError):
            shutil.copy(file, path.parent / "__pycache__")


def remove_damaged(path: Path) -> None:
    """Remove what Numba stored for a program and a full disk, say, has cut off.

    Each of its files is a pickle, which begins with the byte 0x80 and ends with a full stop.
    """
    for file in stored(path):
        content = file.read_bytes()
        if not (content.startswith(b"\x80") and content.endswith(b".")):
            file.unlink()


def is_kept() -> bool:
    """Return whether what is compiled serves later processes too."""
    return usable_folder() == cache_folder()


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
    os.utime(part, (WRITTEN, WRITTEN))
    part.replace(path)


def without_svml() -> None:
    """Keep Numba from Intel's vector library, whose exp has other last bits than libm's."""
    os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"
    import numba

    setattr(numba.config, "USING_SVML", False)  # noqa: B010  (it may have been imported before)
