"""Webhooks through the real client, delivered by the real workers to a real server."""

import hashlib
import hmac
import secrets

import pytest
from huggingface_hub.errors import BadRequestError, HfHubHTTPError

from hub.embedded.process import wait_for
from tests.receiving import receiving

pytestmark = pytest.mark.xdist_group("hub")


def test_every_call_of_the_client_and_a_delivery(publisher):
    api = publisher.api
    repo_id = api.create_repo(f"{publisher.name}/told-{secrets.token_hex(4)}").repo_id
    with receiving() as receiver:
        watched = [{"type": "user", "name": publisher.name}, {"type": "model", "name": repo_id}]
        made = api.create_webhook(url=receiver.url, watched=watched, secret="word")
        assert (made.url, made.secret, made.disabled) == (receiver.url, "word", False)
        assert (made.domains, made.job) == (["repo", "discussion"], None)
        assert [(item.type, item.name) for item in made.watched] == [
            ("user", publisher.name),
            ("model", repo_id),
        ]
        assert api.get_webhook(made.id) == made
        assert made in api.list_webhooks()
        changed = api.update_webhook(made.id, domains=["discussion"])
        assert (changed.domains, changed.watched) == (["discussion"], made.watched)
        assert api.disable_webhook(made.id).disabled
        assert not api.enable_webhook(made.id).disabled
        api.update_webhook(made.id, watched=made.watched[1:], domains=["repo", "discussion"])
        commit = api.upload_file(path_or_fileobj=b"hello", path_in_repo="hello.txt", repo_id=repo_id)
        api.create_discussion(repo_id, "A question", description="Why?")
        assert wait_for(lambda: len(receiver.bodies) == 2, seconds=30)
        told = {one["event"]["scope"]: one for one in receiver.payloads}
        assert told["repo.content"]["updatedRefs"][0]["newSha"] == commit.oid
        assert told["repo.content"]["webhook"] == {"id": made.id, "version": 3}
        assert told["discussion"]["comment"]["content"] == "Why?"
        for headers, body in zip(receiver.heads, receiver.bodies, strict=True):
            assert headers["X-Webhook-Secret"] == "word"
            at, signed = (part.partition("=")[2] for part in headers["X-Webhook-Signature"].split(","))
            assert signed == hmac.new(b"word", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    api.delete_webhook(made.id)
    assert made.id not in [one.id for one in api.list_webhooks()]


def test_what_the_client_is_refused(publisher, visitor):
    watched = [{"type": "user", "name": publisher.name}]
    with pytest.raises(BadRequestError, match="runs no jobs"):
        publisher.api.create_webhook(job_id="0" * 24, watched=watched)
    with pytest.raises(BadRequestError, match="address"):
        publisher.api.create_webhook(url="http://10.0.0.1/", watched=watched)
    with pytest.raises(HfHubHTTPError) as caught:
        visitor.api.list_webhooks()
    assert caught.value.response.status_code == 401
    with pytest.raises(HfHubHTTPError) as caught:
        publisher.api.get_webhook("0" * 24)
    assert caught.value.response.status_code == 404
