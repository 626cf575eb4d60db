"""Whatever anybody sends, a page answers with a clear 4xx or does what was asked."""

import json
from urllib.parse import unquote_to_bytes

import pytest

from accounts.models import Namespace, User
from contributions.moderation.models import Flag
from hub.repos.models import Repository
from hub.revisions.models import RepositoryCommit

# A NUL, half a surrogate pair, bytes that are no UTF-8, a quote with a backslash, and far too much.
ODD = ("%00", "a%00b", "%ED%A0%80", "%FF", "%27%5C", "%F0%9F%8C%8D", "a" * 5000)
ADDRESSES = (
    "/{}",
    "/{}/bert",
    "/acme/{}",
    "/datasets/acme/{}",
    "/acme/bert/tree/{}",
    "/acme/bert/tree/refs%2Fheads%2F{}",
    "/acme/bert/tree/main/{}",
    "/acme/bert/blob/{}/README.md",
    "/acme/bert/blob/main/{}",
    "/acme/bert/commits/{}",
    "/acme/bert/commits/main?after={}",
    "/acme/bert/commit/{}",
    "/acme/bert/report?path={}",
    "/models?search={}",
    "/models?sort={}",
    "/models?task={}&library={}&licence={}&author={}",
    "/models?language={}&language={}&tag={}",
    "/models?parameters={}",
    "/models?size={}&gated={}",
    "/datasets?task={}&language={}",
    "/suggest?search={}&kind={}",
    "/models?cursor={}",
    "/datasets?sort=likes&cursor={}",
    "/new?namespace={}&kind={}",
    "/organisations/{}/members",
    "/moderation/{}",
    "/accounts/login/?next={}",
    "/accounts/signup/?next={}",
    "/accounts/confirm-email/{}/",
    "/accounts/password/reset/key/{}/",
    "/accounts/password/reset/key/1-{}/",
    "/accounts/password/reset/key/zzzzzzzzzzzzzz-{}/",
)
NUMBERS = ("0", "-1", "1e9", "99999999999999999999999999", "1" * 5000, "٣")


def forgiving(world, who: str):
    """A browser that reports a 500 as an answer."""
    client = world.client(who)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_odd_address_is_answered(world, address):
    for who in ("nobody", "moderator"):
        client = forgiving(world, who)
        for odd in (*ODD, *NUMBERS):
            answer = client.get(address.replace("{}", odd))
            assert answer.status_code < 500, (who, odd)


FORMS = {
    "/new": ("namespace", "name", "kind", "visibility"),
    "/organisations/new": ("name", "full_name"),
    "/organisations/acme/members": ("username", "role"),
    "/organisations/acme/members/otto": ("role",),
    "/settings/tokens": ("name", "role"),
    "/acme/bert/report": ("reason", "path", "text", "contact"),
    "/acme/bert/settings": ("visibility", "gate"),
    "/acme/bert/settings/delete": ("confirmation",),
    "/accounts/login/": ("login", "password"),
    "/accounts/signup/": ("username", "email", "password1", "password2"),
    "/accounts/password/reset/": ("email",),
    "/settings/password": ("oldpassword", "password1", "password2"),
    "/accounts/reauthenticate/": ("password",),
}


@pytest.mark.parametrize("address", FORMS)
def test_odd_values_in_a_form_are_answered(world, address):
    before = [model.objects.count() for model in (User, Namespace, Repository, Flag)]
    for who in ("nobody", "admin"):
        client = forgiving(world, who)
        for odd in ODD:
            body = "&".join(f"{name}={odd}" for name in FORMS[address])
            answer = client.post(address, body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500, (who, odd)
    assert [model.objects.count() for model in (User, Namespace, Repository, Flag)] == before


BODIES = (
    "",
    "[",
    "[]",
    "null",
    "{}",
    '{"files": 1}',
    '{"files": []}',
    '{"files": [1]}',
    '{"files": [{}]}',
    "[" * 100_000,
    "1" * 5000,
    '"\ud800"',
)


@pytest.mark.parametrize("call", ["begin", "finish"])
@pytest.mark.parametrize("body", BODIES)
def test_a_bad_body_of_an_upload_is_refused(world, call, body):
    answer = forgiving(world, "writer").post(
        f"/acme/bert/upload/{call}", body.encode("utf-8", "surrogatepass"), content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json()["error"]


FILE = {"path": "a.txt", "size": 1, "sha256": "0" * 64}
CHANGES = (
    {"path": None},
    {"path": "a\0b"},
    {"path": "\ud800"},
    {"path": "../a"},
    {"path": "a" * 5000},
    {"size": -1},
    {"size": 10**30},
    {"size": True},
    {"size": 1.5},
    {"size": "1"},
    {"sha256": 1},
    {"sha256": "A" * 64},
    {"sha256": "0" * 64 + "\n"},
)
BROUGHT = (
    {"content": 1},
    {"content": "é"},
    {"content": "a"},
    {"content": []},
    {"parts": 1},
    {"parts": [[1]]},
    {"parts": [["1", "e"]]},
    {"parts": [[10**30, "e"]], "upload_id": "no-uuid"},
    {"parts": [[10**30, "e"]], "upload_id": "\0"},
    {"parts": [[1, "\ud800"]], "upload_id": "12345678-1234-5678-1234-567812345678"},
    {"upload_id": 1},
)


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("call", ["begin", "finish"])
def test_an_odd_file_of_an_upload_is_refused(world, call, change):
    before = RepositoryCommit.objects.count()
    # What comes with its content is not announced: it has no size and no hash to be wrong.
    content = {"content": "YQ=="} if "path" in change else {}
    data = {"files": [FILE | content | change]}
    answer = forgiving(world, "writer").post(
        f"/acme/bert/upload/{call}", data, content_type="application/json"
    )
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]
    assert RepositoryCommit.objects.count() == before


@pytest.mark.parametrize("change", BROUGHT, ids=str)
def test_an_oddly_brought_file_is_refused(world, change):
    before = RepositoryCommit.objects.count()
    answer = forgiving(world, "writer").post(
        "/acme/bert/upload/finish", {"files": [FILE | change]}, content_type="application/json"
    )
    assert 400 <= answer.status_code < 500, answer.content
    assert answer.json()["error"]
    assert RepositoryCommit.objects.count() == before


@pytest.mark.parametrize("field", ["summary", "description"])
@pytest.mark.parametrize(
    "odd", ["a\0b", "\ud800", "x" * 1_000_000, ["a"], {"a": 1}, 7], ids=lambda v: str(v)[:9]
)
def test_an_odd_message_of_an_upload_is_answered(world, field, odd):
    data = {"files": [FILE | {"content": "YQ=="}], field: odd}
    answer = forgiving(world, "writer").post(
        "/acme/bert/upload/finish", json.dumps(data), content_type="application/json"
    )
    assert answer.status_code in (200, 400), answer.content[:200]


def test_a_body_that_is_too_large_is_refused_with_a_page(world, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = forgiving(world, "writer").post("/acme/bert/report", {"text": "x" * 200})
    assert answer.status_code == 400
    assert b"larger than a page may send" in answer.content


@pytest.mark.parametrize("field", ["folder", "summary"])
@pytest.mark.parametrize("odd", ODD)
def test_odd_words_in_the_plain_upload_form_are_answered(world, field, odd):
    head = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n' % field.encode()
    file = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    body = head + unquote_to_bytes(odd) + b"\r\n" + file
    answer = forgiving(world, "writer").post(
        "/acme/bert/upload", body, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code in (302, 400), answer.content[:200]
