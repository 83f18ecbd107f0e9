"""Who may ask: pages of the studio itself, under its own name, and with its token."""

import http.client
import json
import socket
from urllib.parse import quote, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from studio.serving import served

TOKEN = "a word, with ünusual; letters π"


@pytest.fixture(scope="module")
def local():
    with served() as address:
        yield urlsplit(address).netloc


@pytest.fixture(scope="module")
def reachable():
    """Return where a studio is that others can reach: it has any name, and a token."""
    with served(hosts=None, token=TOKEN) as address:
        yield urlsplit(address).netloc


def asked(netloc, path="/", method="GET", **headers):
    """Return the answer to a request, its path sent as it is."""
    connection = http.client.HTTPConnection(netloc, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def hello(netloc, origin, query="", host=None, **headers):
    """Say hello over a socket and return the answer; the status where it is refused."""
    name, port = netloc.split(":")
    way, address = socket.create_connection((name, int(port))), f"ws://{host or netloc}/talk{query}"
    try:
        with connect(address, sock=way, origin=origin, additional_headers=headers) as talk:
            talk.send(json.dumps({"id": 1, "ask": "hello"}))
            return json.loads(talk.recv(10))
    except InvalidStatus as refused:
        return refused.response.status_code


# --- names and origins ---------------------------------------------------------------------------


def test_the_page_is_answered(local):
    assert asked(local).status == 200
    assert "static/main.js" in asked(local).text


@pytest.mark.parametrize(
    "name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "]"]
)
def test_a_rebound_name_is_refused(local, name):
    answer = asked(local, Host=name)
    assert answer.status == 403
    assert "open the address that it printed" in answer.text


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
def test_the_names_of_this_machine_are_answered(local, name):
    assert asked(local, Host=f"{name}:{local.rpartition(':')[2]}").status == 200


def test_a_page_of_the_studio_may_open_a_socket(local):
    assert hello(local, f"http://{local}")["id"] == 1


@pytest.mark.parametrize(
    "origin", [None, "null", "", "https://evil.example", "http://localhost:1", "file://"]
)
def test_a_page_from_elsewhere_may_not_open_a_socket(local, origin):
    assert hello(local, origin) == 403


def test_a_socket_under_a_rebound_name_is_refused(local):
    assert hello(local, "http://evil.example", host="evil.example") == 403


def test_writing_takes_the_origin_too(local):
    refused = asked(local, method="POST", Origin="https://evil.example")
    assert refused.status == 403
    assert asked(local, method="POST", Origin=f"http://{local}").status == 405


# --- tokens --------------------------------------------------------------------------------------


def test_without_the_token_nothing_is_answered(reachable):
    for path in ("/", "/static/main.js", "/shared/network.css", "/nothing"):
        answer = asked(reachable, path)
        assert answer.status == 403
        assert answer.text == (
            "this studio asks for its token; open the whole address that it printed\n"
        )
    assert hello(reachable, f"http://{reachable}") == 403


@pytest.mark.parametrize("wrong", ["", "word", TOKEN[:-1], TOKEN + "x", "ü", "%ff", "\udcff"])
def test_a_wrong_token_is_refused(reachable, wrong):
    query = f"?token={quote(wrong, safe='%', errors='surrogateescape')}"
    assert asked(reachable, f"/{query}").status == 403
    assert hello(reachable, f"http://{reachable}", query) == 403


def cookie_of(reachable, path="/"):
    answer = asked(reachable, f"{path}?token={quote(TOKEN)}")
    assert answer.status == 303
    assert answer.getheader("location") == "/"
    cookie = answer.getheader("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    return cookie.partition(";")[0]


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(reachable):
    cookie = cookie_of(reachable)
    assert asked(reachable, Cookie=cookie).status == 200
    assert hello(reachable, f"http://{reachable}", Cookie=cookie)["id"] == 1
    assert hello(reachable, "https://evil.example", Cookie=cookie) == 403
    assert hello(reachable, None, Cookie=cookie) == 403


def test_the_cookie_does_not_tell_the_token(reachable):
    assert "word" not in cookie_of(reachable)


@pytest.mark.parametrize("name", ["clearprop-studio", "clearprop-studio-"])
def test_a_cookie_of_another_studio_is_no_token(reachable, name):
    mine = cookie_of(reachable).partition("=")[0]
    for cookie in (f"{name}={TOKEN[:6]}", f"{mine}=", f"{mine}=\xff", f"{mine}={'0' * 64}"):
        assert asked(reachable, Cookie=cookie.encode("latin-1")).status == 403


def test_the_token_leads_to_no_other_machine(reachable):
    cookie_of(reachable, "//evil.example/")


# --- files and headers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/....//app.py",
        "/static//etc/passwd",
        "/static/..\\app.py",
        "/static/%00",
        "/static/" + "a" * 5000,
        "/shared/../studio/app.py",
        "/shared/..%2fhtml.py",
        "/shared/html.py",
        "/static/",
        "/static",
    ],
)
def test_nothing_but_the_studios_files_is_served(local, path):
    answer = asked(local, path)
    assert answer.status in (404, 307)
    assert "import" not in answer.text


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/static/main.js", {}, 200),
        ("/shared/network.css", {}, 200),
        ("/nothing", {}, 404),
        ("/static/nothing.js", {}, 404),
        ("/", {"Host": "evil.example"}, 403),
    ],
)
def test_every_answer_has_the_headers(local, path, headers, status):
    answer = asked(local, path, **headers)
    assert answer.status == status
    assert answer.headers.get_all("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_all("referrer-policy") == ["no-referrer"]
    (policy,) = answer.headers.get_all("content-security-policy")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_answer_to_a_token_has_the_headers_too(reachable):
    answer = asked(reachable, f"/?token={quote(TOKEN)}")
    assert answer.headers.get_all("x-content-type-options") == ["nosniff"]
