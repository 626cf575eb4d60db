"""What the real client says and does for somebody whom a moderator has taken something from."""

import pytest
from huggingface_hub.errors import HfHubHTTPError

pytestmark = pytest.mark.xdist_group("hub")


def test_suspended_uploads_let_the_client_read_talk_and_delete_and_say_why_nothing_else(join, tmp_path):
    person, other = join(), join()
    own, thing = f"{person.name}/own", f"{other.name}/thing"
    for somebody, repo_id in ((person, own), (other, thing)):
        somebody.api.create_repo(repo_id)
        somebody.api.upload_file(path_or_fileobj=b"Text.\n", path_in_repo="notes.md", repo_id=repo_id)
    person.hub.order("suspend", person.name, "--uploads")
    for tries in (
        lambda: person.api.create_repo(f"{person.name}/new", exist_ok=True),
        lambda: person.api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=own),
        lambda: person.api.upload_file(
            path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=thing, create_pr=True
        ),
        lambda: person.api.upload_file(path_or_fileobj=bytes(20_000_000), path_in_repo="a.bin", repo_id=own),
    ):
        with pytest.raises(HfHubHTTPError, match="Your uploads are suspended by a moderator's decision"):
            tries()
    assert person.api.list_repo_files(own) == [".gitattributes", "notes.md"]
    assert person.api.hf_hub_download(thing, "notes.md", cache_dir=tmp_path)
    assert person.api.create_discussion(thing, title="Why?", description="Tell me.").num == 1
    person.api.delete_repo(own)
    person.hub.order("suspend", person.name, "--uploads", "--lift")
    person.api.create_repo(f"{person.name}/new")


def test_a_suspended_account_is_nobody_until_it_is_reinstated(join):
    person = join()
    person.api.create_repo(f"{person.name}/own", private=True)
    person.hub.order("suspend", person.name)
    with pytest.raises(HfHubHTTPError) as refused:
        person.api.whoami()
    assert refused.value.response.status_code == 401
    with pytest.raises(HfHubHTTPError):
        person.api.model_info(f"{person.name}/own")
    person.hub.order("suspend", person.name, "--lift")
    assert person.api.model_info(f"{person.name}/own").private


def test_the_client_says_that_a_name_may_not_be_used(join):
    person = join()
    repo_id, thing = f"{person.name}/bert", f"{person.name}/thing"
    person.hub.order("forbid_name", repo_id)
    person.api.create_repo(thing)
    for tries in (
        lambda: person.api.create_repo(repo_id, exist_ok=True),
        lambda: person.api.move_repo(thing, repo_id),
    ):
        with pytest.raises(HfHubHTTPError, match="may not be used on this hub"):
            tries()
    assert person.api.repo_exists(thing)
    assert not person.api.repo_exists(repo_id)
    assert "may not be used on this hub" in person.hf("repos", "create", repo_id, fails=True)
    person.hub.order("forbid_name", repo_id, "--lift")
    person.api.move_repo(thing, repo_id)
