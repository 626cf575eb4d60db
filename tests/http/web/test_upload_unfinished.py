"""Uploads that broke off: what is there is told to who began it, and not sent again; or it is given up."""

import uuid
from datetime import timedelta
from functools import partial
from urllib.error import HTTPError

import pytest
from django.utils import timezone

from hub.revisions.selectors import find_entry, resolve_revision
from storage import s3
from storage.models import Upload
from storage.signing import presigned
from tests.factories.accounts import make_member
from tests.factories.repositories import put
from tests.http.web.uploading import MIB, PAGE, announced, begun, head, post, send, weights
from tests.racing import race

PARTS = 5 * MIB


@pytest.fixture(autouse=True)
def in_parts(settings):
    """Parts of the smallest size that S3 allows."""
    settings.MULTIPART_THRESHOLD = settings.PART_SIZE = PARTS


@pytest.fixture
def broken(world):
    """A file of three parts, of which the second has arrived."""
    data = weights(11)
    file = announced("model.safetensors", data)
    plan = begun(world.client("writer"), file)
    send(plan, data, [2])
    return file, data, plan


def test_what_has_arrived_is_told_and_not_asked_for_again(world, broken):
    file, data, plan = broken
    client = world.client("writer")
    told = client.get(f"{PAGE}/{plan['upload_id']}").json()
    assert told == {
        "upload_id": plan["upload_id"],
        "part_size": PARTS,
        "multipart": True,
        "missing": [1, 3],
    }
    again = begun(client, file)
    assert (again["upload_id"], again["missing"], set(again["links"])) == (
        plan["upload_id"],
        [1, 3],
        {"1", "3"},
    )
    send(again, data)
    post(client, f"{PAGE}/{plan['upload_id']}/done", {})
    assert begun(client, file) == {"path": "model.safetensors", "present": True}
    assert post(client, f"{PAGE}/finish", {"files": [file]}).status_code == 200
    assert find_entry(resolve_revision(world.public, None), "model.safetensors").sha256 == file["sha256"]
    assert Upload.objects.count() == 1


def test_a_part_that_came_short_is_still_missing(world, broken):
    _, _, plan = broken
    upload = Upload.objects.get()
    s3.put_part(upload.key, upload.multipart_id, 1, b"short")
    assert world.client("writer").get(f"{PAGE}/{plan['upload_id']}").json()["missing"] == [1, 3]


def test_a_small_file_that_arrived_whole_is_there(world):
    client, file = world.client("writer"), announced("small.bin", b"small")
    plan = begun(client, file)
    assert (plan["multipart"], plan["missing"]) == (False, [1])
    send(plan, b"small")
    assert client.get(f"{PAGE}/{plan['upload_id']}").json()["missing"] == []
    assert begun(client, file)["present"]


def test_links_that_expired_are_renewed(world, broken, monkeypatch):
    _, data, plan = broken
    client = world.client("writer")
    long_ago = partial(presigned, at=timezone.now() - timedelta(days=2))
    monkeypatch.setattr("storage.s3.presigned", long_ago)
    path = f"{PAGE}/{plan['upload_id']}/links"
    dead = post(client, path, {"parts": [1]}).json()["links"]["1"]
    with pytest.raises(HTTPError) as refused:
        put(dead, data[:PARTS])
    assert refused.value.code == 403
    refused.value.close()
    monkeypatch.undo()
    fresh = post(client, path, {"parts": [1, 3, 99, 0]}).json()["links"]
    assert set(fresh) == {"1", "3"}
    put(fresh["1"], data[:PARTS])
    assert client.get(f"{PAGE}/{plan['upload_id']}").json()["missing"] == [3]


def test_links_do_not_outlive_their_upload(world, broken, settings):
    settings.UPLOAD_LINK_SECONDS = 600
    _, _, plan = broken
    answer = post(world.client("writer"), f"{PAGE}/{plan['upload_id']}/links", {"parts": [1]})
    seconds = int(answer.json()["links"]["1"].split("X-Amz-Expires=")[1].split("&")[0])
    assert 0 < seconds <= 600


@pytest.mark.parametrize("parts", [None, 7, ["1"], [1.5], [True], list(range(51))])
def test_malformed_numbers_are_refused(world, broken, parts):
    answer = post(world.client("writer"), f"{PAGE}/{broken[2]['upload_id']}/links", {"parts": parts})
    assert (answer.status_code, answer.json()["field"]) == (400, "parts")


def test_what_has_not_arrived_whole_cannot_be_put_together(world, broken):
    file, _, plan = broken
    client, before = world.client("writer"), head(world.public)
    answer = post(client, f"{PAGE}/{plan['upload_id']}/done", {})
    assert answer.status_code == 409
    assert "Part 1 of 3" in answer.json()["error"]
    assert post(client, f"{PAGE}/finish", {"files": [file]}).status_code == 400
    assert head(world.public) == before


def asked(client, upload_id: str, page: str = PAGE) -> set[int]:
    """The statuses of all calls about an upload."""
    calls = [post(client, f"{page}/{upload_id}/{call}", {"parts": [1]}) for call in ("links", "done")]
    return {answer.status_code for answer in [client.get(f"{page}/{upload_id}"), *calls]}


def test_only_who_began_an_upload_is_told_of_it(world, broken):
    plan = broken[2]
    world.users["second writer"] = make_member(world.organisation, "write")
    for who in ("second writer", "admin"):
        client = world.client(who)
        assert asked(client, plan["upload_id"]) == asked(client, str(uuid.uuid4())) == {404}
        assert post(client, f"{PAGE}/{plan['upload_id']}/abandon", {}).json() == {"abandoned": False}
    # Nor is it an upload of another repository, though the same person may write there.
    assert asked(world.client("writer"), plan["upload_id"], "/acme/secret/upload") == {404}
    assert Upload.objects.get().state == Upload.State.OPEN


def test_somebody_else_begins_an_upload_of_their_own(world, broken):
    file, _, plan = broken
    other = begun(world.client("admin"), file)
    assert other["upload_id"] != plan["upload_id"]
    assert other["missing"] == [1, 2, 3]


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader", "moderator"])
def test_nobody_is_told_of_somebody_elses_upload_or_ends_it(world, broken, who):
    client, path = world.client(who), broken[2]["upload_id"]
    assert asked(client, path) == {401 if who == "nobody" else 404}
    answer = post(client, f"{PAGE}/{path}/abandon", {})
    assert answer.status_code == (401 if who == "nobody" else 200)
    assert who == "nobody" or answer.json() == {"abandoned": False}
    assert Upload.objects.get().state == Upload.State.OPEN


def test_who_sees_the_repository_no_more_cannot_go_on(world, broken):
    world.users["writer"].memberships.all().delete()
    world.public.visibility = "private"
    world.public.save()
    assert asked(world.client("writer"), broken[2]["upload_id"]) == {404}


def test_giving_up_throws_the_parts_away(world, broken):
    file, data, plan = broken
    client = world.client("writer")
    upload = Upload.objects.get()
    assert post(client, f"{PAGE}/{plan['upload_id']}/abandon", {}).json() == {"abandoned": True}
    with pytest.raises(HTTPError):
        put(plan["links"]["1"], data[:PARTS])
    with pytest.raises(s3.ClientError):
        s3.uploaded_parts(upload.key, upload.multipart_id)
    assert asked(client, plan["upload_id"]) == {404}
    # A second time does no harm, and the same file begins anew.
    assert post(client, f"{PAGE}/{plan['upload_id']}/abandon", {}).json() == {"abandoned": False}
    assert begun(client, file)["missing"] == [1, 2, 3]


def test_giving_a_small_file_up_deletes_it(world):
    client, file, before = world.client("writer"), announced("small.bin", b"gone"), head(world.public)
    plan = begun(client, file)
    send(plan, b"gone")
    post(client, f"{PAGE}/{plan['upload_id']}/abandon", {})
    assert s3.size_of(Upload.objects.get().key) is None
    assert post(client, f"{PAGE}/finish", {"files": [file]}).status_code == 400
    assert head(world.public) == before


def test_what_arrived_whole_is_not_given_up(world):
    client, data = world.client("writer"), weights(6)
    plan = begun(client, announced("whole.bin", data))
    send(plan, data)
    post(client, f"{PAGE}/{plan['upload_id']}/done", {})
    assert post(client, f"{PAGE}/{plan['upload_id']}/abandon", {}).json() == {"abandoned": False}
    assert Upload.objects.get().state == Upload.State.RECEIVED


@pytest.mark.django_db(transaction=True)
def test_of_giving_up_and_putting_together_at_once_one_wins(world):
    client, data = world.client("writer"), weights(6)
    plan = begun(client, announced("contested.bin", data))
    send(plan, data)
    second = world.client("writer")
    done, given_up = (
        future.result()
        for future in race(
            [
                lambda: post(client, f"{PAGE}/{plan['upload_id']}/done", {}).status_code,
                lambda: post(second, f"{PAGE}/{plan['upload_id']}/abandon", {}).json()["abandoned"],
            ]
        )
    )
    upload = Upload.objects.get()
    assert given_up == (upload.state == Upload.State.REFUSED)
    assert (s3.size_of(upload.key) is None) == given_up
    assert given_up or done == 200


@pytest.mark.django_db(transaction=True)
def test_putting_together_twice_at_once_does_no_harm(world):
    clients, data = [world.client("writer") for _ in range(2)], weights(6)
    plan = begun(clients[0], announced("twice.bin", data))
    send(plan, data)
    path = f"{PAGE}/{plan['upload_id']}/done"
    futures = race([lambda client=client: post(client, path, {}).status_code for client in clients])
    assert 200 in {future.result() for future in futures}
    upload = Upload.objects.get()
    assert upload.state == Upload.State.RECEIVED
    assert s3.size_of(upload.key) == len(data)
