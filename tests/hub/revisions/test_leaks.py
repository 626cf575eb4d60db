"""No commit carries a token of this hub that works."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.logins.models import RefreshToken
from accounts.models import AccessToken
from accounts.services import revoke_token
from hub.errors import InvalidInput
from hub.revisions import leaks
from hub.revisions.models import RepositoryBlob, RepositoryCommit
from hub.revisions.operations import AddInline
from storage.contents import Content
from storage.models import Blob, Commit
from tests.factories.accounts import make_token, make_user
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    """Who commits; the tokens are other people's."""
    return make_user()


def refused(**files: bytes) -> bool:
    """Whether these contents are not to be committed."""
    try:
        leaks.check_holds_no_token({path: Content.of(data) for path, data in files.items()})
    except InvalidInput:
        return True
    return False


def test_a_working_token_is_refused_by_path_and_line_and_nothing_is_kept(user):
    repository = make_repository(user)
    before = [model.objects.count() for model in (Blob, Commit, RepositoryBlob, RepositoryCommit)]
    _, secret = make_token()
    operations = [
        AddInline("a.txt", b"words"),
        AddInline("b/run.py", f"import os\n\nKEY={secret}".encode()),
    ]
    with pytest.raises(InvalidInput, match="^b/run.py, line 3, holds an access token") as caught:
        commit(repository, user, operations)
    assert secret[-10:] not in str(caught.value)
    assert "Revoke it" in str(caught.value)
    assert caught.value.field == "content"
    assert before == [model.objects.count() for model in (Blob, Commit, RepositoryBlob, RepositoryCommit)]


@pytest.mark.parametrize("frame", ["{}", "x{}", "{}-more", "alm_{}", "\0\xff{}", "alm_alr_alm_{}"])
def test_it_is_found_wherever_it_stands(frame: str):
    _, secret = make_token()
    assert refused(a=frame.format(secret).encode("latin-1"))


def test_what_does_not_work_or_is_no_token_may_be_committed(user):
    revoked, first = make_token(user)
    revoke_token(token=revoked, actor=user)
    expired, second = make_token()
    AccessToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    _, working = make_token()
    assert not refused(a=f"{first} {second} {tokens.make()} {working[:-1]}".encode())


def test_former_secrets_and_refresh_tokens_count_while_they_work():
    token, _ = make_token()
    former, refresh = tokens.make(), tokens.make(tokens.REFRESH_PREFIX)
    now = timezone.now()
    AccessToken.objects.filter(pk=token.pk).update(
        former_digest=tokens.digest(former), former_until=now + timedelta(hours=1)
    )
    kept = RefreshToken.objects.create(
        token=token, digest=tokens.digest(refresh), client_id="x", expires_at=now + timedelta(hours=1)
    )
    assert refused(a=former.encode())
    assert refused(a=refresh.encode())
    AccessToken.objects.update(former_until=now)
    RefreshToken.objects.filter(pk=kept.pk).update(used_at=now)
    assert not refused(a=f"{former} {refresh}".encode())


def test_many_files_cost_one_query_and_files_without_a_token_none(django_assert_num_queries):
    files = {f"{number}.txt": tokens.make().encode() for number in range(50)}
    with django_assert_num_queries(1):
        assert not refused(**files)
    with django_assert_num_queries(0):
        assert not refused(a=b"words about alm_ and alr_tokens")


def test_more_than_are_asked_about_at_once_are_all_asked_about(monkeypatch):
    monkeypatch.setattr(leaks, "BATCH", 3)
    _, secret = make_token()
    others = [tokens.make() for _ in range(7)]
    assert refused(a="\n".join([*others, secret]).encode())
    assert refused(a="\n".join([secret, *others]).encode())
    assert not refused(a="\n".join(others).encode())
