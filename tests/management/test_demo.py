"""The demo makes people and repositories that work, once."""

import io
import json
import stat

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts import selectors, services
from accounts.models import AccessToken, AuditEvent, Namespace, User
from contributions.moderation.queueing import queue
from hub.management.demo_files import REPOSITORIES, gguf_file, safetensors_file
from hub.repos.models import Repository
from hub.revisions.models import RepositoryCommit
from hub.scanning.models import Scan
from hub.scanning.running import scan_batch
from hub.scanning.services import queue_scans
from storage.models import Blob
from tests.factories.accounts import make_organisation, make_user

pytestmark = pytest.mark.django_db

NAMES = ["publisher", "developer", "moderator"]


@pytest.fixture(autouse=True)
def data_directory(settings, tmp_path):
    """Each test's demo keeps its credentials by itself."""
    settings.HUB_DATA = tmp_path
    return tmp_path


def demo(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def demo_json(*arguments: str) -> dict:
    return json.loads(demo("--json", *arguments))


def counts() -> list[int]:
    return [
        model.objects.count()
        for model in (User, Namespace, AccessToken, Repository, RepositoryCommit, AuditEvent)
    ]


def test_the_demo_prints_its_address_people_organisation_and_models(settings):
    result = demo_json()
    assert list(result) == ["endpoint", "users", "organisation", "models"]
    assert result["endpoint"] == settings.LOCAL_URL
    assert list(result["users"]) == NAMES
    assert all(list(person) == ["password", "token"] for person in result["users"].values())
    assert result["models"] == [f"{result['organisation']}/{name}" for name in REPOSITORIES]


def test_the_printed_passwords_and_tokens_work(rf):
    for name, person in demo_json()["users"].items():
        user = authenticate(rf.post("/"), username=name, password=person["password"])
        assert user.username == name
        assert selectors.actor_for_token(person["token"]).user == user
        assert user.desk_role == ("lead" if name == "moderator" else "")


def test_a_second_run_changes_nothing_and_prints_the_same():
    first = demo_json()
    before = counts()
    assert demo_json() == first
    assert counts() == before


def test_a_token_that_was_revoked_and_a_changed_password_are_made_good(rf):
    first = demo_json()
    user = User.objects.get(username="publisher")
    token = selectors.actor_for_token(first["users"]["publisher"]["token"]).token
    services.revoke_token(token=token, actor=user)
    services.set_password(user=user, password="something else entirely")
    second = demo_json()
    assert second["users"]["publisher"]["token"] != first["users"]["publisher"]["token"]
    assert second["users"]["developer"] == first["users"]["developer"]
    person = second["users"]["publisher"]
    assert authenticate(rf.post("/"), username="publisher", password=person["password"]) == user
    assert selectors.actor_for_token(person["token"]).user == user


def test_credentials_that_were_lost_are_made_anew(data_directory, rf):
    demo_json()
    (data_directory / "demo.json").unlink()
    for name, person in demo_json()["users"].items():
        assert authenticate(rf.post("/"), username=name, password=person["password"]).username == name


def test_only_the_owner_can_read_the_kept_credentials(data_directory):
    demo()
    assert stat.S_IMODE((data_directory / "demo.json").stat().st_mode) == 0o600
    assert [path.name for path in data_directory.iterdir()] == ["demo.json"]


def test_what_people_changed_in_the_demos_models_stays():
    demo()
    before = RepositoryCommit.objects.count()
    repository = Repository.objects.get(name="tiny-gguf")
    repository.delete()
    demo()
    assert RepositoryCommit.objects.count() == before
    assert Repository.objects.get(name="tiny-classifier").licence == "apache-2.0"


def test_the_demo_is_refused_in_production_unless_forced(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        demo("--json")
    assert not User.objects.exists()
    assert demo_json("--force")["organisation"]


def test_somebody_elses_account_or_organisation_is_left_alone():
    make_user("publisher")
    with pytest.raises(CommandError, match="not the demo's"):
        demo()
    assert not AccessToken.objects.exists()
    assert User.objects.get(username="publisher").email == "publisher@example.org"


def test_somebody_elses_organisation_is_left_alone():
    make_organisation("commons-lab")
    with pytest.raises(CommandError, match="not the demo's"):
        demo()
    assert not Repository.objects.exists()


def test_the_demo_in_words_names_everything():
    words = demo()
    result = demo_json()
    for text in (*NAMES, *result["models"], result["endpoint"], result["users"]["developer"]["token"]):
        assert text in words


def test_the_safetensors_file_is_one(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    tensors = numpy.load(safetensors_file())
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        "classifier.weight": (2, 4),
        "classifier.bias": (2,),
    }


def test_the_gguf_file_begins_like_one_and_ends_with_its_tensor():
    data = gguf_file()
    assert data[:8] == b"GGUF\x03\0\0\0"
    assert len(data) % 32 == 0


def test_the_scanner_withholds_the_pickle_and_nothing_else_and_asks_the_moderator(
    django_capture_on_commit_callbacks,
):
    demo()
    queue_scans(sha256s=list(Blob.objects.values_list("pk", flat=True)))
    with django_capture_on_commit_callbacks(execute=True):
        for scan_id in Scan.objects.values_list("pk", flat=True):
            scan_batch(scan_ids=[scan_id])
    withheld = Blob.objects.filter(state=Blob.State.QUARANTINED)
    assert [bytes(blob.data) for blob in withheld] == [REPOSITORIES["unsafe-pickle"]["pytorch_model.bin"]]
    case = queue(User.objects.get(desk_role="lead")).cases[0]
    assert case.sha256 == withheld[0].pk
    assert "os.system" in case.title
