"""Likes, people and collections through the real client."""

import httpx2 as httpx
import pytest
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

pytestmark = pytest.mark.xdist_group("hub")


def ask(person, method: str, path: str) -> int:
    """A call that the client has no function for."""
    headers = {"Authorization": f"Bearer {person.token}"}
    return httpx.request(method, person.hub.url + path, headers=headers).status_code


@pytest.fixture(scope="module")
def thing(publisher) -> str:
    """A public model, and a private one beside it."""
    publisher.api.create_repo(f"{publisher.name}/social-shut", private=True)
    return publisher.api.create_repo(f"{publisher.name}/social").repo_id


def test_likes_are_listed_and_taken_back(publisher, visitor, join, thing):
    fan, shut = join(), f"{publisher.name}/social-shut"
    for repo_id in (thing, shut):
        assert ask(publisher, "POST", f"/api/models/{repo_id}/like") == 200
    assert ask(fan, "POST", f"/api/models/{thing}/like") == 200
    assert ask(fan, "POST", f"/api/models/{shut}/like") == 404

    assert [user.username for user in visitor.api.list_repo_likers(thing)] == [fan.name, publisher.name]
    mine, theirs = (
        person.api.list_liked_repos(publisher.name, token=person.token or False)
        for person in (publisher, visitor)
    )
    assert (mine.total, set(mine.models)) == (2, {thing, shut})
    assert (theirs.total, theirs.models) == (1, [thing])
    fan.api.unlike(thing)
    fan.api.unlike(thing)
    assert fan.api.list_liked_repos().total == 0
    with pytest.raises(RepositoryNotFoundError):
        fan.api.unlike(shut)
    assert visitor.api.model_info(thing).likes == 1


def test_people_and_organisations_are_told_as_the_client_reads_them(publisher, visitor, join, thing):
    fan, organisation = join(), f"guild-of-{publisher.name}"
    publisher.hub.order("create_organisation", organisation, "--owner", publisher.name)
    assert ask(fan, "POST", f"/api/users/{publisher.name}/follow") == 200
    assert ask(fan, "POST", f"/api/organizations/{organisation}/follow") == 200

    seen, own = (person.api.get_user_overview(publisher.name) for person in (visitor, publisher))
    shut = [model for model in publisher.api.list_models(author=publisher.name) if model.private]
    assert own.num_models == seen.num_models + len(shut) > seen.num_models
    assert (seen.username, seen.num_followers, seen.is_following) == (publisher.name, 1, None)
    assert fan.api.get_user_overview(publisher.name).is_following is True
    assert organisation in [org.name for org in seen.orgs]
    picture = httpx.get(seen.avatar_url)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/svg+xml")
    lab = visitor.api.get_organization_overview(organisation)
    assert (lab.name, lab.num_users, lab.num_followers) == (organisation, 1, 1)
    for listed, expected in (
        (visitor.api.list_user_followers(publisher.name), fan),
        (visitor.api.list_user_following(fan.name), publisher),
        (visitor.api.list_organization_followers(organisation), fan),
        (visitor.api.list_organization_members(organisation), publisher),
    ):
        assert [user.username for user in listed] == [expected.name]
    for missing in (visitor.api.get_user_overview, visitor.api.get_organization_overview):
        with pytest.raises(HfHubHTTPError) as refused:
            missing("nobody-of-that-name")
        assert refused.value.response.status_code == 404


def test_a_collection_lives_from_its_making_to_its_end(publisher, visitor, developer, thing):
    api, shut = publisher.api, f"{publisher.name}/social-shut"
    made = api.create_collection("Recent models", description="What is new")
    assert api.create_collection("Recent models", exists_ok=True).slug == made.slug
    for repo_id in (thing, shut):
        filled = api.add_collection_item(made.slug, repo_id, "model", note=f"note of {repo_id}")
    assert api.add_collection_item(made.slug, thing, "model", exists_ok=True).items == filled.items
    with pytest.raises(HfHubHTTPError, match="409"):
        api.add_collection_item(made.slug, thing, "model")
    with pytest.raises(HfHubHTTPError, match="type must be model, dataset or collection"):
        api.add_collection_item(made.slug, "2307.09288", "paper")
    assert [item.item_id for item in visitor.api.get_collection(made.slug).items] == [thing]

    api.update_collection_item(made.slug, filled.items[1].item_object_id, position=0, note="now first")
    changed = api.update_collection_metadata(made.slug, title="Older models", theme="pink")
    assert changed.slug.startswith(f"{publisher.name}/older-models-")
    now = api.get_collection(made.slug)
    assert (now.slug, now.theme, now.url) == (
        changed.slug,
        "pink",
        f"{publisher.hub.url}/collections/{changed.slug}",
    )
    assert [(item.item_id, item.position, item.note) for item in now.items] == [
        (shut, 0, "now first"),
        (thing, 1, f"note of {thing}"),
    ]
    [listed] = visitor.api.list_collections(owner=publisher.name, item=f"models/{thing}", sort="lastModified")
    assert (listed.slug, listed.position, len(listed.items)) == (changed.slug, 0, 1)
    assert list(visitor.api.list_collections(item=f"models/{shut}")) == []
    assert httpx.get(now.url).status_code == 200
    with pytest.raises(HfHubHTTPError, match="403"):
        developer.api.delete_collection(made.slug)

    for _ in range(2):
        api.delete_collection_item(made.slug, filled.items[1].item_object_id, missing_ok=True)
    api.update_collection_metadata(made.slug, private=True)
    with pytest.raises(HfHubHTTPError, match="404"):
        visitor.api.get_collection(made.slug)
    for _ in range(2):
        api.delete_collection(made.slug, missing_ok=True)


def test_the_command_lists_repositories_with_what_they_keep(publisher, thing):
    api = publisher.api
    api.upload_file(path_or_fileobj=b"x" * 5000, path_in_repo="x.txt", repo_id=thing)
    rows = {row.id: row for row in api.list_user_repos()}
    assert rows[thing].storage == rows[f"{publisher.name}/social-shut"].storage + 5000
    assert (rows[thing].visibility, rows[f"{publisher.name}/social-shut"].visibility) == ("public", "private")
    assert thing in publisher.hf("repos", "list", "--search", "social")
    made = publisher.hf("collections", "create", "By hand")
    assert f"{publisher.name}/by-hand-" in made
    assert "By hand" in publisher.hf("collections", "ls", "--owner", publisher.name, "--no-truncate")
