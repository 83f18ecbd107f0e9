"""A connection: whatever is sent over it, it answers in sentences, and the training goes on."""

import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from clearprop.studio import answers, talking
from clearprop.studio.serving import LARGEST_MESSAGE, listening
from clearprop.studio.showing import ON_THEIR_WAY
from clearprop.studio.uploads import LARGEST_UPLOAD
from studio.serving import served

XOR = {"data": "xor", "hidden": [4], "batch_size": 2}


@pytest.fixture(scope="module")
def where():
    with served() as address:
        yield urlsplit(address).netloc


class Tab:
    """A page that does not draw by itself."""

    def __init__(self, socket):
        self.socket, self.frames, self.count = socket, [], 0

    def ask(self, what, **given):
        self.count += 1
        self.send({**given, "id": self.count, "ask": what})
        return self.answer(self.count)

    def send(self, message):
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def play(self):
        """Begin to train, and wait until it goes on."""
        self.ask("train.choose", chosen=XOR)
        self.ask("train.play")
        while self.ask("train.stands")["step"] < 10:
            time.sleep(0.01)

    def answer(self, number):
        while True:
            message = self.socket.recv(20)
            if isinstance(message, bytes):
                self.frames.append(message)
            elif (found := json.loads(message))["id"] == number:
                return found

    def listen(self, seconds):
        """Collect the frames of a while."""
        over = time.monotonic() + seconds
        while (left := over - time.monotonic()) > 0:
            try:
                message = self.socket.recv(left)
            except TimeoutError:
                return
            if isinstance(message, bytes):
                self.frames.append(message)


@contextmanager
def tab(where, session):
    with connect(f"ws://{where}/talk?session={session}", origin=f"http://{where}") as socket:
        yield Tab(socket)


def step_of(frame):
    import numpy as np

    return int(np.frombuffer(frame, "<f8", 2, 48)[1])


# --- asks ----------------------------------------------------------------------------------------


def test_hello_tells_what_it_was_opened_with(where):
    with tab(where, "hello") as page:
        opening = {"view": "step", "lesson": None, "run": None, "data": None}
        assert page.ask("hello") == {"id": 1, "opening": opening, "training": False}


@pytest.mark.parametrize("ask", ["train.play", "train.curve", "train.explain", "train.show"])
def test_what_needs_a_training_says_so_where_there_is_none(where, ask):
    with tab(where, "none") as page:
        error = "there is no training yet; choose data and a network"
        assert page.ask(ask) == {"id": 1, "error": error}


def test_an_ask_that_is_not_known_is_answered_by_a_sentence(where):
    with tab(where, "unknown") as page:
        error = "the studio has no answer to 'no.such'; reload its page"
        assert page.ask("no.such")["error"] == error


LONG = '{"ask": "' + "x" * 1_000_000 + '"}'
NONSENSE = [
    "", "{", "null", "7", "NaN", '"hello"', "[]", '[{"ask": "hello"}]', "{}", '{"ask": null}',
    '{"ask": ["hello"], "id": []}', '{"id": NaN, "ask": "hello"}', '{"id": "\\ud800", "ask": "x"}',
    '{"id": 1e999, "ask": "\\ud800"}', "[" * 100_000, '{"a":' * 100_000, '{"drawn": "often"}',
    "9" * 100_000, '{"ask": "hello", "id": ' + "9" * 4000 + "}", LONG,
    '{"ask": "train.upload", "name": "\\ud800", "text": "\\ud800,y\\n1,2\\n"}',
    '{"ask": "train.choose", "chosen": {"data": {}, "hidden": {"a": 1}}}',
    '{"ask": "train.choose", "chosen": {"rate": 1e999, "seed": -1}}',
]  # fmt: skip


def test_nonsense_does_not_end_a_connection(where, caplog):
    with tab(where, "nonsense") as page:
        for text in NONSENSE:
            page.send(text)
        page.socket.send(b"\x00\x01")
        page.socket.send(b"")
        assert page.ask("hello")["id"] == 1
    assert "Traceback" not in caplog.text


def test_a_file_of_the_largest_size_is_taken_however_short_its_lines_are(where):
    lines = "1,0\n2,1\n" * ((LARGEST_UPLOAD - 4) // 8)
    with tab(where, "short-lines") as page:
        answer = page.ask("train.upload", name="short.csv", text="a,y\n" + lines)
        assert answer["rows"] == lines.count("\n")


def test_a_message_that_is_too_large_ends_only_its_connection(where):
    with tab(where, "large") as page:
        page.send("x" * (LARGEST_MESSAGE + 1))
        with pytest.raises(ConnectionClosed):
            page.socket.recv(20)
    with tab(where, "large") as page:
        assert page.ask("hello")["id"] == 1


def test_a_fault_is_logged_and_told_in_a_sentence(where, monkeypatch, caplog):
    def fails(session, given):
        raise KeyError("no such luck")

    monkeypatch.setattr(answers, "ANSWERS", {**answers.ANSWERS, "train.fails": fails})
    with tab(where, "fault") as page:
        found = page.ask("train.fails")
        assert found == {"id": 1, "error": answers.FAULT}
        assert page.ask("hello")["id"] == 2
    assert "no such luck" in caplog.text
    assert "the studio's answer to 'train.fails' failed" in caplog.text


def test_an_answer_that_is_no_json_is_a_fault_too(where, monkeypatch, caplog):
    odd = {"train.odd": lambda session, given: {"value": float("nan")}}
    monkeypatch.setattr(answers, "ANSWERS", {**answers.ANSWERS, **odd})
    with tab(where, "odd") as page:
        assert page.ask("train.odd") == {"id": 1, "error": answers.FAULT}


def test_asks_of_a_view_are_answered_in_their_order(where, monkeypatch):
    done = []

    def slow(session, given):
        time.sleep(given["seconds"])
        done.append(given["seconds"])
        return {}

    known = {**answers.ANSWERS, "step.slow": slow}
    monkeypatch.setattr(answers, "ANSWERS", known)
    monkeypatch.setattr(talking, "ANSWERS", known)
    with tab(where, "order") as page:
        page.send({"id": 7, "ask": "step.slow", "seconds": 0.3})
        page.send({"id": 8, "ask": "step.slow", "seconds": 0.0})
        assert page.ask("hello")["id"] == 1  # another view does not wait
        assert done == []
        page.answer(8)
    assert done == [0.3, 0.0]


def test_more_asks_than_are_answered_at_once_are_waited_for(where, monkeypatch):
    monkeypatch.setattr(talking, "MOST_ASKS", 3)
    with tab(where, "many") as page:
        for number in range(100, 200):
            page.send({"id": number, "ask": "hello"})
        assert page.answer(199)["id"] == 199


# --- frames --------------------------------------------------------------------------------------


def test_at_most_two_frames_are_on_their_way(where):
    with tab(where, "two") as page:
        page.play()
        page.listen(1.0)
        assert len(page.frames) == ON_THEIR_WAY
        page.send({"drawn": 1})
        page.listen(0.5)
        assert len(page.frames) == ON_THEIR_WAY + 1
        assert step_of(page.frames[-1]) > step_of(page.frames[-2])
        page.ask("train.pause")


def test_frames_come_between_asks_that_never_end(where):
    with tab(where, "busy") as page:
        page.play()
        page.frames.clear()
        page.send({"drawn": 1})
        drawn = []
        for number in range(page.count + 1, page.count + 10_000):
            page.send({"id": number, "ask": "train.curve"})
            if number <= page.count + talking.MOST_ASKS:
                continue  # so many are always open
            while isinstance(message := page.socket.recv(20), bytes):
                drawn.append(step_of(message))
                page.send({"drawn": 1})
            if len(drawn) > 4:
                break
        page.count = number
        page.ask("train.pause")
        assert len(drawn) > 4
        assert drawn == sorted(drawn)


def test_a_tab_that_never_draws_does_not_hold_the_training_up(where):
    with tab(where, "still") as page:
        page.play()
        page.listen(0.5)
        before = page.ask("train.stands")["step"]
        page.listen(0.5)
        assert len(page.frames) == ON_THEIR_WAY
        assert page.ask("train.stands")["step"] > before + 100
        page.ask("train.pause")


def test_a_frame_that_fails_is_logged_once_and_the_next_is_made(where, caplog, monkeypatch):
    from clearprop.studio.frames import Painter

    whole = Painter.frame

    def fails(self):
        raise RuntimeError("no such luck")

    with tab(where, "frame") as page:
        monkeypatch.setattr(Painter, "frame", fails)
        page.ask("train.choose", chosen=XOR)
        page.listen(0.3)
        assert page.frames == []
        monkeypatch.setattr(Painter, "frame", whole)
        page.ask("train.play", steps=3)
        page.listen(0.5)
        assert page.frames
    assert "a frame of the training failed" in caplog.text


# --- tabs ----------------------------------------------------------------------------------------


def test_a_training_survives_a_lost_connection(where):
    with tab(where, "again") as page:
        page.ask("train.choose", chosen=XOR)
        page.ask("train.play", steps=10)
        while page.ask("train.stands")["step"] < 10:
            time.sleep(0.01)
    with tab(where, "again") as page:
        assert page.ask("hello")["training"]
        assert page.ask("train.choose", chosen=XOR)["step"] == 10
        page.listen(0.5)
        assert step_of(page.frames[-1]) == 10


def test_two_tabs_have_trainings_of_their_own(where):
    with tab(where, "one") as one, tab(where, "other") as other:
        one.ask("train.choose", chosen=XOR)
        other.ask("train.choose", chosen={**XOR, "hidden": [3]})
        one.ask("train.play", steps=5)
        while one.ask("train.stands")["step"] < 5:
            time.sleep(0.01)
        assert other.ask("train.stands")["step"] == 0


def test_a_training_that_nobody_comes_back_to_is_paused(where, monkeypatch):
    monkeypatch.setattr(talking, "REST_AFTER", 1.0)
    with tab(where, "left") as page:
        page.play()
    with tab(where, "left") as page:  # it was loaded again
        time.sleep(1.5)
        assert page.ask("train.stands")["playing"]
    time.sleep(1.5)
    with tab(where, "left") as page:
        assert not page.ask("train.stands")["playing"]


def test_a_connection_that_is_closed_leaves_no_task_behind():
    class Closed:
        """A socket that is closed while an ask is answered."""

        def __init__(self):
            self.messages = [
                {"type": "websocket.receive", "text": '{"id": 1, "ask": "hello"}'},
                {"type": "websocket.receive", "bytes": b"x"},
                {"type": "websocket.disconnect"},
            ]

        async def accept(self):
            pass

        async def receive(self):
            return self.messages.pop(0)

        async def send_text(self, text):
            raise RuntimeError("it is closed")

    async def held():
        from clearprop.studio.sessions import Opening, Session

        await talking.Talk(Closed(), Session(Opening())).hold()
        await asyncio.sleep(0.05)
        return asyncio.all_tasks() - {asyncio.current_task()}

    with ThreadPoolExecutor() as pool:  # in this thread a browser's loop may be running
        assert pool.submit(lambda: asyncio.run(held())).result() == set()


def test_the_server_ends_with_its_trainings():
    before = {thread for thread in threading.enumerate() if thread.name == "clearprop-training"}
    with served() as address:
        where = urlsplit(address).netloc
        with tab(where, "end") as page:
            page.play()
    over = time.monotonic() + 20
    while time.monotonic() < over:
        now = {thread for thread in threading.enumerate() if thread.name == "clearprop-training"}
        if now <= before:
            return
        time.sleep(0.02)
    raise AssertionError("a training goes on")


def test_a_frame_behind_an_answer_does_not_wait_until_that_is_acknowledged():
    async def without_delay():
        met = asyncio.get_running_loop().create_future()

        async def meet(_, writer):
            connection = writer.get_extra_info("socket")
            met.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listening("127.0.0.1", 0)
        async with await asyncio.start_server(meet, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()
            return await met

    with ThreadPoolExecutor() as pool:  # in this thread a browser's loop may be running
        assert pool.submit(lambda: asyncio.run(without_delay())).result()
