"""What the client's own calls answer to each kind of caller, on a public and on a private repository."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from tests.clients.conftest import Person

pytestmark = [
    pytest.mark.xdist_group("hub"),
    # The client sends bytes the way its HTTP library no longer likes.
    pytest.mark.filterwarnings("ignore:Use .content=:DeprecationWarning"),
]
INVITE = """
from accounts.invitations.services import accept, invite
from accounts.models import Namespace, User
organisation = Namespace.objects.get(name={organisation!r})
admin, member = (User.objects.get(username=name) for name in ({admin!r}, {member!r}))
invitation, _ = invite(organisation=organisation, user=member, role="write", actor=admin)
accept(invitation=invitation, user=member)
"""
CALLERS = ("anonymous", "outsider", "member", "admin")


@dataclass(frozen=True)
class Call:
    """A call of the client, and from which of CALLERS on a public repository grants it."""

    ask: Callable[[HfApi, str], object]
    to: str


def fresh() -> str:
    """A name that nothing has yet."""
    return f"x{secrets.token_hex(6)}"


READING: dict[str, Callable[[HfApi, str], object]] = {
    "model_info": lambda api, repo: api.model_info(repo, files_metadata=True, securityStatus=True),
    "model_info of a revision": lambda api, repo: api.model_info(repo, revision="main"),
    "model_info with expand": lambda api, repo: api.model_info(repo, expand=["sha", "usedStorage"]),
    "list_repo_files": lambda api, repo: api.list_repo_files(repo),
    "list_repo_tree": lambda api, repo: list(api.list_repo_tree(repo, recursive=True, expand=True)),
    "get_paths_info": lambda api, repo: api.get_paths_info(repo, ["a.txt"], expand=True),
    "list_repo_commits": lambda api, repo: api.list_repo_commits(repo, formatted=True),
    "list_repo_refs": lambda api, repo: api.list_repo_refs(repo, include_pull_requests=True),
    "list_repo_likers": lambda api, repo: list(api.list_repo_likers(repo)),
    "auth_check": lambda api, repo: api.auth_check(repo),
    "hf_hub_download": lambda api, repo: api.hf_hub_download(repo, "a.txt"),
    "snapshot_download": lambda api, repo: api.snapshot_download(repo),
    "get_hf_file_metadata": lambda api, repo: api.get_hf_file_metadata(
        url=hf_hub_url(repo, "a.txt", endpoint=api.endpoint)
    ),
    "parse_safetensors_file_metadata": lambda api, repo: api.parse_safetensors_file_metadata(
        repo, "model.safetensors"
    ),
    "get_sharded_safetensors_metadata": lambda api, repo: api.get_sharded_safetensors_metadata(repo),
}
CALLS = {name: Call(ask, "anonymous") for name, ask in READING.items()} | {
    "unlike": Call(lambda api, repo: api.unlike(repo), "outsider"),
    "duplicate_repo": Call(lambda api, repo: api.duplicate_repo(repo, f"{me(api)}/{fresh()}"), "outsider"),
    "auth_check to write": Call(lambda api, repo: api.auth_check(repo, write=True), "member"),
    "create_commit": Call(
        lambda api, repo: api.create_commit(
            repo, [CommitOperationAdd(fresh(), b"text")], commit_message="Add"
        ),
        "member",
    ),
    "upload_file": Call(
        lambda api, repo: api.upload_file(path_or_fileobj=b"\0large", path_in_repo="w.bin", repo_id=repo),
        "member",
    ),
    "delete_file": Call(lambda api, repo: api.delete_file("gone.txt", repo), "member"),
    "create_branch": Call(lambda api, repo: api.create_branch(repo, branch=fresh()), "member"),
    "create_tag": Call(lambda api, repo: api.create_tag(repo, tag=fresh()), "member"),
    "super_squash_history": Call(lambda api, repo: api.super_squash_history(repo, branch="side"), "member"),
    "list_lfs_files": Call(lambda api, repo: list(api.list_lfs_files(repo)), "member"),
    "update_repo_settings": Call(lambda api, repo: api.update_repo_settings(repo, gated=False), "admin"),
    "move_repo": Call(lambda api, repo: api.move_repo(repo, repo.swapcase()), "admin"),
    "delete_repo": Call(lambda api, repo: api.delete_repo(repo), "admin"),
}


def me(api: HfApi) -> str:
    """The caller's name; nobody's is that of nobody."""
    return api.whoami()["name"] if api.token else "nobody"


@pytest.fixture(scope="module")
def people(join, visitor) -> dict[str, Person]:
    """One of each kind of caller of an organisation, by kind."""
    found = {"anonymous": visitor, "outsider": join(), "member": join(), "admin": join()}
    admin, member, organisation = found["admin"], found["member"], f"lab-{fresh()}"
    admin.hub.manage("create_organisation", organisation, "--owner", admin.name)
    names = {"organisation": organisation, "admin": admin.name, "member": member.name}
    admin.hub.manage("shell", "-c", INVITE.format(**names))
    return found


@pytest.fixture(scope="module")
def organisation(people) -> str:
    """The organisation's name."""
    [found] = [each["name"] for each in people["admin"].api.whoami()["orgs"]]
    return found


@pytest.fixture(scope="module", params=["public", "private"])
def thing(request, people, organisation) -> tuple[str, bool]:
    """A repository with what every call asks for, and whether it is private."""
    private, api = request.param == "private", people["member"].api
    repo_id = api.create_repo(f"{organisation}/{fresh()}", private=private).repo_id
    header = b'{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    weights = len(header).to_bytes(8, "little") + header + bytes(4)
    index = b'{"metadata":{},"weight_map":{"t":"model.safetensors"}}'
    names = {"a.txt": b"a", "model.safetensors": weights, "model.safetensors.index.json": index}
    names |= {"gone.txt": b"gone"}
    add = [CommitOperationAdd(path, data) for path, data in names.items()]
    api.create_commit(repo_id, add, commit_message="Publish")
    api.create_branch(repo_id, branch="side")
    return repo_id, private


@pytest.mark.parametrize("name", CALLS)
def test_a_call_answers_its_value_or_the_clients_own_exception(people, thing, name):
    call, (repo_id, private) = CALLS[name], thing
    for kind in CALLERS:
        api = people[kind].api
        hidden = private and kind in ("anonymous", "outsider")
        if not hidden and CALLERS.index(kind) >= CALLERS.index(call.to):
            call.ask(api, repo_id)
            if name in ("delete_file", "delete_repo"):
                break
            continue
        with pytest.raises(RepositoryNotFoundError if hidden else HfHubHTTPError) as refused:
            call.ask(api, repo_id)
        if hidden:
            with pytest.raises(RepositoryNotFoundError) as missing:
                call.ask(api, repo_id + "-none")
            assert told(refused.value) == told(missing.value)
        else:
            assert type(refused.value) is HfHubHTTPError
            assert refused.value.response.status_code == (401 if kind == "anonymous" else 403)


def told(error: HfHubHTTPError) -> tuple[int, str | None, bytes]:
    """All that an error tells of what was asked for."""
    return error.response.status_code, error.server_message, error.response.content
