"""Licences as the client and the workers of a whole hub know them: found by their id, followed downwards."""

import json
import urllib.request

import pytest
from huggingface_hub import CommitOperationAdd

from hub.embedded.process import wait_for
from tests.clients.conftest import Person

pytestmark = pytest.mark.xdist_group("hub")


def publish(person: Person, name: str, front: str) -> str:
    repo_id = f"{person.name}/{name}"
    person.api.create_repo(repo_id, exist_ok=True)
    card = f"---\n{front}\n---\n# {name}\n".encode()
    person.api.create_commit(repo_id, [CommitOperationAdd("README.md", card)], commit_message="Say so")
    return repo_id


def asked(person: Person, path: str, body: dict | None = None) -> dict:
    headers = {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(person.hub.url + path, data, headers)) as answer:
        return json.load(answer)


def said(person: Person, repo_id: str) -> dict[str, str]:
    """What is kept of the head, by rule: a finding that nobody keeps yet has no state."""
    found = asked(person, f"/api/models/{repo_id}/licence/main").get("findings", [])
    return {each["id"]: each.get("state", "") for each in found}


# The hub advises to spell it otherwise, which the client hands on.
@pytest.mark.filterwarnings("ignore:Warnings while validating metadata")
def test_a_licence_is_found_by_its_id_however_the_card_spells_it(publisher, visitor):
    spelled = publish(publisher, "spelled-out", "license: Apache License 2.0")
    short = publish(publisher, "spdx", "license: Apache-2.0")
    other = publish(publisher, "of-its-own", "license: other\nlicense_name: my-own")

    def under(licence: str) -> set[str]:
        found = visitor.api.list_models(author=publisher.name, filter=f"license:{licence}")
        return {model.id for model in found}

    assert wait_for(lambda: {spelled, short} <= under("apache-2.0"), seconds=60)
    assert under("other") == {other}
    info = visitor.api.model_info(spelled)
    assert "license:apache-2.0" in info.tags
    # The card is what its file says.
    assert info.card_data.license == "Apache License 2.0"


def test_a_change_of_a_base_reaches_what_was_made_of_it(publisher, visitor):
    base = publish(publisher, "changing-base", "license: mit")
    child = publish(publisher, "made-of-it", f"license: apache-2.0\nbase_model: {base}")
    check = {"repos": [{"id": child}], "require": {"commercial": True, "no_conflict": True}}
    assert wait_for(lambda: asked(visitor, "/api/licences/check", check)["pass"], seconds=60)
    publish(publisher, "changing-base", "license: cc-by-nc-4.0")
    assert wait_for(lambda: said(visitor, child).get("L07") == "open", seconds=60)
    result = asked(visitor, "/api/licences/check", check)["results"][0]
    assert {reason["code"] for reason in result["reasons"]} == {"commercial", "conflict"}
    assert {reason.get("ancestor", base) for reason in result["reasons"]} == {base}
    told = asked(visitor, f"/api/models/{child}/licence")
    assert {"key": "cc-by-nc-4.0", "ancestor": base, "depth": 1} in told["inherited"]
    publish(publisher, "changing-base", "license: mit")
    assert wait_for(lambda: asked(visitor, "/api/licences/check", check)["pass"], seconds=60)
