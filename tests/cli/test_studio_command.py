"""`clearprop studio`: what it opens, where it listens, how it ends."""

import builtins
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from websockets.sync.client import connect

import clearprop as cp
from clearprop.data.builtin import builtin_names
from clearprop.errors import ClearpropError, SettingError
from clearprop.studio import addresses
from clearprop.studio.addresses import here_and_elsewhere
from clearprop.studio.opening import opening_of as opened
from clearprop.studio.serving import listening
from cli.terminal import Terminal


@pytest.fixture
def terminal(monkeypatch, capsys):
    return Terminal(monkeypatch, capsys)


# --- what is opened ------------------------------------------------------------------------------


def test_without_a_source_the_step_view_is_opened():
    assert opened(None, None).json() == {"view": "step", "lesson": None, "run": None, "data": None}


def test_lessons_runs_and_data_are_opened(tmp_path):
    lesson, table = tmp_path / "mine.toml", tmp_path / "mine.csv"
    lesson.write_text(
        "[network]\nlayers = [1, 1]\n[example]\nx = [[1]]\ny = [[0]]\n"
        '[learning]\nloss = "squared_error"\noptimizer = "gradient_descent"\nrate = 0.1\n'
    )
    table.write_text("a,y\n1,u\n2,v\n3,u\n")
    run = cp.train("xor", hidden=[2], epochs=2, out=tmp_path / "run")
    assert "layers = [1, 1]" in opened(str(lesson), None).lesson
    assert opened(str(tmp_path / "run"), None).run.outcome == run.outcome
    assert opened("spirals", None).json()["data"] == "spirals"
    assert opened(str(table), "y").table.target == "y"
    assert opened("iris", "petal width (cm)").table.kind == "numbers"


def test_a_source_that_is_not_there_is_told(terminal):
    assert terminal("studio", "no-such", code=2) == (
        "clearprop: there is no lesson file, run or data set 'no-such'; the built-in data sets are"
        f" {', '.join(builtin_names())}\n"
    )
    assert terminal("studio", "no-such.toml", code=2).startswith("clearprop: ")


def test_a_table_without_a_target_asks_for_it(terminal, tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("a,b\n1,u\n2,v\n3,u\n")
    assert terminal("studio", str(table), code=2) == (
        "clearprop: which column is to be learnt? Name it with --target; the columns are: a, b\n"
    )


def test_a_target_of_a_run_or_lesson_is_refused(tmp_path):
    with pytest.raises(SettingError) as told:
        opened(str(tmp_path), "y")
    assert str(told.value) == f"a target is of data, and {tmp_path} is none; leave it out"


def test_a_folder_that_is_no_run_is_told(tmp_path):
    with pytest.raises(ClearpropError):
        opened(str(tmp_path), None)


# --- what it needs -------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "websockets"])
def test_without_its_extra_it_says_what_to_install(terminal, monkeypatch, missing):
    for name in list(sys.modules):
        if name.partition(".")[0] in ("starlette", "uvicorn", "websockets"):
            monkeypatch.delitem(sys.modules, name)
        if name in ("clearprop.studio.serving", "clearprop.studio.app", "clearprop.studio.guard"):
            monkeypatch.delitem(sys.modules, name)
        if name == "clearprop.studio.talking":
            monkeypatch.delitem(sys.modules, name)
    whole = builtins.__import__

    def without(name, *rest, **more):
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named '{missing}'", name=missing)
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert terminal("studio", "--no-browser", code=2) == (
        f"clearprop: the studio needs {missing}; install it with pip install 'clearprop[studio]'\n"
    )


# --- where it listens ----------------------------------------------------------------------------


def test_a_host_that_others_reach_takes_a_token(terminal):
    assert terminal("studio", "--host", "0.0.0.0", "--no-browser", code=2) == (
        "clearprop: 0.0.0.0 can be reached by others, and whoever reaches the studio may run it;"
        " add --token WORD, which their address has to have\n"
    )


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_cannot_be_is_refused(terminal, port):
    told = terminal("studio", "--port", port, code=2)
    assert told == f"clearprop: port must be from 0 (any) to 65535, not {port}\n"


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "x" * 300])
def test_a_host_that_is_not_there_is_told(terminal, host):
    told = terminal("studio", "--host", host, "--token", "w", code=2)
    assert told == f"clearprop: there is no host '{host}'; leave out --host for this machine\n"


def test_a_host_of_another_machine_is_told(terminal):
    told = terminal("studio", "--host", "192.0.2.1", "--token", "w", "--port", "65530", code=2)
    assert told == (
        "clearprop: the studio cannot listen on 192.0.2.1, ports 65530 to 65535: Cannot assign"
        " requested address; choose another with --port, 0 for any\n"
    )


def test_where_a_port_is_taken_the_next_is(terminal):
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with listening("127.0.0.1", port) as next_one:
            assert next_one.getsockname()[1] > port


@pytest.mark.parametrize(
    ("host", "here", "outer"),
    [("0.0.0.0", "127.0.0.1", "192.168.7.5"), ("::", "[::1]", "[fd12::5]")],
)
def test_every_address_of_this_machine_is_printed_as_one_to_open_here_and_one_for_others(
    monkeypatch, host, here, outer
):
    monkeypatch.setattr(addresses, "outer_address", lambda _: outer.strip("[]"))
    opened, told = here_and_elsewhere(host, 8817, "w")
    assert opened == f"http://{here}:8817/?token=w"
    assert told == (
        f"The studio is at {opened}\nFor other machines it is at http://{outer}:8817/?token=w"
    )


def test_without_a_network_others_put_their_name_of_this_machine(monkeypatch):
    monkeypatch.setattr(addresses, "outer_address", lambda _: None)
    assert here_and_elsewhere("0.0.0.0", 8817, "w")[1] == (
        "The studio is at http://127.0.0.1:8817/?token=w\n"
        "For other machines it is at this machine's name or address in place of 127.0.0.1"
    )


def test_the_address_for_others_is_of_this_machine():
    found = addresses.outer_address(4)
    if found is not None:
        with listening(found, 0) as listener:
            assert listener.getsockname()[0] == found


# --- the program ---------------------------------------------------------------------------------


@contextmanager
def running(*words):
    """Run the command until it is interrupted; yield its address and its process."""
    command = [sys.executable, "-m", "clearprop", "studio", "--no-browser", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={**os.environ}, **pipes) as process:
        try:
            line = process.stdout.readline()
            assert line.startswith("The studio is at http://127.0.0.1:"), process.stderr.read()
            yield line.split()[-1], process
        finally:
            process.kill()


def test_it_serves_until_ctrl_c_which_leaves_no_traceback(tmp_path):
    table = tmp_path / "mine.csv"  # reading it wakes libraries that take ctrl-C for themselves
    table.write_text("a,b,y\n" + "".join(f"{i},{i * 3 % 7},{'uv'[i % 2]}\n" for i in range(20)))
    with running(str(table), "--target", "y", "--port", "0") as (address, process):
        where = address.removeprefix("http://").rstrip("/")
        with connect(f"ws://{where}/talk?session=a", origin=f"http://{where}") as page:
            page.send(json.dumps({"id": 1, "ask": "hello"}))
            assert json.loads(page.recv(20))["opening"]["data"] == "mine.csv"
            chosen = {"data": "mine.csv", "hidden": [3]}
            page.send(json.dumps({"id": 2, "ask": "train.choose", "chosen": chosen}))
            assert json.loads(page.recv(20))["target"] == "y"
            process.send_signal(signal.SIGINT)
            assert process.wait(20) in (0, 130, -signal.SIGINT)
        assert process.stderr.read() == ""
        assert process.stdout.read() == "Ctrl-C ends it.\n"


def test_a_studio_for_others_is_reached_at_the_addresses_that_it_prints():
    with running("--host", "0.0.0.0", "--token", "w", "--port", "0") as (address, process):
        assert "0.0.0.0" not in address
        others = process.stdout.readline()
        assert others.startswith("For other machines it is at ")
        for told in {address, others.split()[-1]}:
            if told.startswith("http"):
                with build_opener(HTTPCookieProcessor()).open(told) as page:
                    assert b"clearprop" in page.read()


def test_the_token_is_in_the_address_that_is_printed():
    with running("--token", "a b&ü", "--port", "0") as (address, _):
        assert address.endswith("/?token=a%20b%26%C3%BC")
        port = int(address.split(":")[2].split("/")[0])
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert b" 403 " in s.recv(100)
