"""Pictures in comments: what may be uploaded, who may, and who sees it when."""

import struct
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.grants import Grant
from accounts.models import AuditEvent
from accounts.roles import Everywhere, Role
from accounts.selectors import namespace_by_name
from contributions.attachments.models import Attachment
from contributions.attachments.services import collect, refer
from contributions.discussions import services as discussions
from contributions.discussions.withholding import serve_comment, withhold_comment
from hub.personal.selectors import everything_about
from hub.personal.services import delete_account
from hub.repos.services import change_settings, delete_repository, take_down
from storage import s3
from storage.models import Leftover
from storage.wholes import delete_leftovers
from tests.browsing import RawPathClient
from tests.builders.pictures import photographed, png, webp_with
from tests.factories.accounts import make_moderator, make_user
from tests.factories.discussions import make_discussion, session
from tests.factories.repositories import make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
FILMS_AND_SOUNDS = {
    "mp4": struct.pack(">I4s4s", 24, b"ftyp", b"isom") + bytes(12),
    "mov": struct.pack(">I4s4s", 20, b"ftyp", b"qt  ") + bytes(8),
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(20),
    "mp3": b"ID3\x04" + bytes(30),
    "wav": b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
}


def upload(api: Api, data: bytes = b"", content_type: str = "image/png") -> str:
    """The path of an attachment that was just uploaded."""
    answer = api.post("/uploads", data or png(), content_type)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "text/plain"
    host, path = answer.content.decode().split("/uploads/")
    assert host == "http://testserver"
    return f"/uploads/{path}"


def statuses(path: str, **who: Api) -> dict[str, int]:
    return {name: api.get(path).status_code for name, api in who.items()}


def test_a_picture_is_its_uploaders_until_a_comment_shows_it(owner, anybody):
    path = upload(owner)
    other = Api(make_user())
    assert statuses(path, owner=owner, other=other, anybody=anybody) == {
        "owner": 200,
        "other": 404,
        "anybody": 404,
    }
    make_discussion(make_repository(owner.user), owner.user, text=f"![look](http://testserver{path})")
    assert statuses(path, owner=owner, other=other, anybody=anybody) == dict.fromkeys(
        ("owner", "other", "anybody"), 200
    )
    served = anybody.get(path)
    assert served.content == png()
    assert served["Content-Type"] == "image/png"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert served["Cache-Control"] == "private, no-cache"
    again = anybody.get(path, **{"If-None-Match": served["ETag"]})
    assert again.status_code == 304
    part = anybody.get(path, Range="bytes=1-3")
    assert (part.status_code, part.content) == (206, b"PNG")


def test_a_picture_of_a_private_repository_is_for_its_readers(people):
    apis = {name: Api(user) for name, user in people.items()}
    private = make_repository(people["admin"], namespace=namespace_by_name("the-lab"), visibility="private")
    path = upload(apis["admin"])
    make_discussion(private, people["admin"], text=f"![]({path})")
    hidden = {"nobody": 404, "outsider": 404}
    assert statuses(path, **apis) == dict.fromkeys(people, 200) | hidden
    assert Api(make_moderator()).get(path).status_code == 404
    change_settings(repository=private, actor_user=people["admin"], visibility="public")
    assert statuses(path, **apis) == dict.fromkeys(people, 200)
    take_down(repository=private, actor_user=make_moderator())
    assert statuses(path, **apis) == dict.fromkeys(people, 200) | hidden


def test_nobody_shows_elsewhere_what_they_see_in_a_private_repository(people):
    private = make_repository(people["admin"], namespace=namespace_by_name("the-lab"), visibility="private")
    path = upload(Api(people["admin"]))
    make_discussion(private, people["admin"], text=f"![]({path})")
    own = make_repository(people["read"])
    make_discussion(own, people["read"], text=f"![]({path})")
    make_discussion(own, people["admin"], text=f"![]({path})")
    assert Api(people["outsider"]).get(path).status_code == 404
    assert Attachment.objects.get().repository == private


def test_nobody_takes_what_another_has_not_posted_yet(owner):
    other = make_user()
    path = upload(owner)
    make_discussion(make_repository(other), other, text=f"![]({path})")
    assert Api(other).get(path).status_code == 404
    assert Attachment.objects.get().repository is None


def test_a_hidden_comment_hides_its_picture_and_an_edit_takes_it_away(owner, anybody):
    repository = make_repository(owner.user)
    path = upload(owner)
    thread = make_discussion(repository, owner.user, text=f"![]({path})")
    first = thread.events.get()
    hiding = {"discussion": thread, "event_id": first.pk, "actor": session(owner.user)}
    discussions.hide_comment(**hiding)
    assert statuses(path, owner=owner, anybody=anybody) == {"owner": 404, "anybody": 404}
    discussions.hide_comment(**hiding, hidden=False)
    assert anybody.get(path).status_code == 200
    second = discussions.comment(discussion=thread, actor=session(make_user()), text=f"> ![]({path})")
    discussions.edit_comment(**hiding, text="Never mind.")
    assert anybody.get(path).status_code == 200
    assert Attachment.objects.get().unused_at is None
    discussions.edit_comment(
        discussion=thread, event_id=second.pk, actor=session(second.author), text="Gone."
    )
    assert statuses(path, owner=owner, anybody=anybody) == {"owner": 200, "anybody": 404}
    assert Attachment.objects.get().unused_at is not None


def test_a_withheld_comment_withholds_its_picture_and_nobody_posts_it_anew(owner, anybody):
    repository = make_repository(owner.user)
    path, shared = upload(owner), upload(owner)
    thread = make_discussion(repository, owner.user, text=f"![]({path}) ![]({shared})")
    [first] = thread.events.all()
    discussions.comment(discussion=thread, actor=session(make_user()), text=f"![]({shared})")
    withhold_comment(event=first, actor_user=make_moderator())
    assert statuses(path, owner=owner, anybody=anybody) == {"owner": 404, "anybody": 404}
    discussions.comment(discussion=thread, actor=session(owner.user), text=f"![]({path}) ![]({shared})")
    assert statuses(path, owner=owner, anybody=anybody) == {"owner": 404, "anybody": 404}
    assert statuses(shared, owner=owner, anybody=anybody) == {"owner": 200, "anybody": 200}
    serve_comment(event=first, actor_user=make_moderator())
    assert statuses(path, owner=owner, anybody=anybody) == {"owner": 200, "anybody": 200}


def test_what_no_comment_shows_for_a_while_is_deleted(owner, anybody):
    repository = make_repository(owner.user)
    shown, unused, lost = upload(owner), upload(owner), upload(owner)
    make_discussion(repository, owner.user, text=f"![]({shown})")
    other = make_repository(owner.user)
    make_discussion(other, owner.user, text=f"![]({lost})")
    delete_repository(repository=other, actor_user=owner.user)
    keys = {row.url_path: row.key for row in Attachment.objects.all()}
    assert collect(age=WEEK) == 1
    Attachment.objects.filter(unused_at__isnull=False).update(unused_at=timezone.now() - 2 * WEEK)
    assert collect(age=WEEK) == 1
    assert collect(age=WEEK) == 0
    delete_leftovers()
    assert [s3.size_of(keys[path]) is None for path in (shown, unused, lost)] == [False, True, True]
    assert statuses(shown, anybody=anybody) == {"anybody": 200}
    assert statuses(unused, owner=owner) == {"owner": 404}
    told = AuditEvent.objects.filter(event="content.collected").values_list("data__step", "data__deleted")
    assert list(told) == [("attachments", 1)] * 2


def test_what_was_posted_stays_without_whom_the_account_was_deleted(anybody):
    reader = make_user()
    repository = make_repository(make_user())
    path, unused = upload(Api(reader)), upload(Api(reader))
    make_discussion(repository, reader, text=f"![]({path})")
    delete_account(user=reader)
    assert anybody.get(path).status_code == 200
    assert collect(age=timedelta()) == 1
    assert [row.url_path for row in Attachment.objects.all()] == [path] != [unused]


@pytest.mark.parametrize("ending", FILMS_AND_SOUNDS)
def test_films_and_sounds_are_told_by_their_bytes(owner, ending):
    path = upload(owner, FILMS_AND_SOUNDS[ending], "image/svg+xml")
    assert path.endswith(f".{ending}")
    assert owner.get(path)["Content-Type"].startswith(("video/", "audio/"))
    assert owner.get(path.replace(f".{ending}", ".png")).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"\x80\x04K\x01.",
        b"GIF89a",
        png()[:50],
        struct.pack(">I4s4s", 24, b"ftyp", b"heic") + bytes(12),
        png(8000, 8000)[:33] + png()[33:],
    ],
)
def test_anything_else_is_refused_whatever_it_is_said_to_be(owner, data):
    answer = owner.post("/uploads", data, "image/png")
    assert answer.status_code == 400
    assert answer.json()["field"] == "body"
    assert not Attachment.objects.exists()
    assert not Leftover.objects.exists()


def test_a_picture_does_not_say_where_it_was_taken(owner):
    for data in (photographed(b"52.5 north"), webp_with(b"52.5 north")):
        assert b"52.5 north" not in owner.get(upload(owner, data)).content


def test_a_file_has_a_size_and_a_person_a_day(owner, settings):
    big = png() + bytes(10_000_001)
    assert owner.post("/uploads", big, "image/png").status_code == 413
    assert owner.post("/uploads", b"", "image/png").status_code == 400
    settings.ATTACHMENTS_PER_DAY = 1
    upload(owner)
    refused = owner.post("/uploads", png(), "image/png")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 86_000
    settings.ATTACHMENTS_PER_DAY, settings.ATTACHED_BYTES_PER_DAY = 9, 1
    assert owner.post("/uploads", png(), "image/png").status_code == 429
    upload(Api(make_user()))


def test_only_who_may_say_something_somewhere_uploads(anybody):
    user = make_user()
    place = Grant(Role.CONTRIBUTE, namespace_id=user.namespace.pk)
    weak = Grant(Role.READ, namespace_id=user.namespace.pk)
    talking = Api(user, role="fine-grained", everywhere=[Everywhere.CONTRIBUTE])
    granted = Api(user, role="fine-grained", grants=[place])
    assert [upload(api) is not None for api in (talking, granted)] == [True, True]
    refused = {
        "read": Api(user, role="read"),
        "weak": Api(user, role="fine-grained", grants=[weak]),
        "gated": Api(user, role="fine-grained", everywhere=[Everywhere.GATED]),
    }
    count = Attachment.objects.count()
    assert {name: api.post("/uploads", png(), "image/png").status_code for name, api in refused.items()} == {
        "read": 403,
        "weak": 403,
        "gated": 403,
    }
    assert anybody.post("/uploads", png(), "image/png").status_code == 401
    assert Attachment.objects.count() == count


def test_a_page_uploads_with_its_session_and_its_form_token_alone(owner):
    client = RawPathClient(enforce_csrf_checks=True)
    client.force_login(owner.user)
    assert client.post("/uploads", png(), content_type="image/png").status_code == 403
    client.get("/")
    assert not Attachment.objects.exists()


def test_uploads_are_on_the_record_and_in_the_export(owner):
    path = upload(owner)
    row = Attachment.objects.get()
    event = AuditEvent.objects.get(event="attachment.uploaded")
    assert (event.actor, event.subject) == (owner.user, f"user:{owner.user.pk}")
    assert event.data["attachment"] == str(row.pk)
    rows = {name: list(rows) for name, rows in everything_about(owner.user)}
    assert [one["address"] for one in rows["attachments"]] == [path]


def test_what_is_there_is_not_told_from_what_is_not(owner, anybody):
    path = upload(owner)
    missing = "/uploads/00000000-0000-4000-8000-000000000000.png"
    found, absent = anybody.get(path), anybody.get(missing)
    assert (found.status_code, found.content) == (absent.status_code, absent.content)
    for odd in ("/uploads/x.png", "/uploads/..", f"{missing}.png", f"{path[:-4]}.jpg", path[:-4]):
        assert anybody.get(odd).status_code == 404


def test_comments_without_attachments_cost_no_query_more(owner, django_assert_num_queries):
    thread = make_discussion(make_repository(owner.user), owner.user)
    event = thread.events.get()
    asked = {"repository": thread.repository, "event_id": event.pk, "user": owner.user}
    with django_assert_num_queries(0):
        refer(**asked, text="Nothing to see.")
    paths = [upload(owner) for _ in range(4)]
    with django_assert_num_queries(3):
        refer(**asked, text=paths[0])
    with django_assert_num_queries(3):
        refer(**asked, text=" ".join(paths))
