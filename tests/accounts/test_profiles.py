"""What a profile says, who may say it, and its picture in the store."""

import pytest
from django.core.files.storage import default_storage

from accounts.errors import NotAnAdmin, PictureInvalid, ProfileInvalid
from accounts.models import AuditEvent, Namespace
from accounts.profiles.selectors import picture_of
from accounts.profiles.services import change_profile, remove_picture, set_picture
from tests.builders.pictures import JPEG, png
from tests.factories.accounts import make_member, make_organisation, make_user

pytestmark = pytest.mark.django_db
SAID = {"full_name": "Ada L.", "description": "Engines.", "homepage": "https://ada.example"}


def changes() -> list[list[str]]:
    return [row.data["fields"] for row in AuditEvent.objects.filter(event="profile.changed").order_by("pk")]


def test_a_profile_is_changed_and_the_log_says_which_fields_but_not_what_they_say():
    ada = make_user("ada")
    change_profile(namespace=ada.namespace, actor=ada, **SAID)
    change_profile(namespace=ada.namespace, actor=ada, **SAID)
    change_profile(namespace=ada.namespace, actor=ada, **SAID | {"description": ""})
    stored = Namespace.objects.get(name="ada")
    assert (stored.full_name, stored.description, stored.homepage) == ("Ada L.", "", "https://ada.example")
    assert changes() == [["description", "full_name", "homepage"], ["description"]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "x" * 201),
        ("full_name", "two\nlines"),
        ("full_name", "turned \u202e round"),
        ("description", "x" * 501),
        ("description", "a\0b"),
        ("homepage", "javascript:alert(1)"),
        ("homepage", "ftp://ada.example"),
        ("homepage", "ada"),
        ("homepage", "https://ada.example/" + "x" * 200),
        ("default_visibility", "secret"),
    ],
)
def test_what_no_profile_may_say_is_refused_by_field_and_changes_nothing(field: str, value: str):
    ada = make_user("ada")
    with pytest.raises(ProfileInvalid) as refused:
        change_profile(namespace=ada.namespace, actor=ada, **SAID | {field: value})
    assert refused.value.field == field
    assert Namespace.objects.get(name="ada").full_name == ""
    assert changes() == []


@pytest.mark.parametrize("role", ["read", "contribute", "write"])
def test_only_an_admin_speaks_for_an_organisation(role: str):
    organisation = make_organisation("lab", owner=(ada := make_user("ada")))
    for actor in (make_member(organisation, role), make_user("eve")):
        with pytest.raises(NotAnAdmin):
            change_profile(namespace=organisation, actor=actor, **SAID)
        with pytest.raises(NotAnAdmin):
            set_picture(namespace=organisation, actor=actor, data=JPEG)
        with pytest.raises(NotAnAdmin):
            change_profile(namespace=ada.namespace, actor=actor, **SAID)
    assert changes() == []
    assert default_storage.listdir("avatars/")[0].count(str(organisation.pk)) == 0


def test_a_picture_is_kept_until_another_one_takes_its_place(django_capture_on_commit_callbacks):
    ada = make_user("ada")
    set_picture(namespace=ada.namespace, actor=ada, data=JPEG)
    first = picture_of("ADA")
    assert (first.type, first.read()) == ("image/jpeg", JPEG)
    with django_capture_on_commit_callbacks(execute=True):
        set_picture(namespace=ada.namespace, actor=ada, data=png())
    second = picture_of("ada")
    assert (second.type, second.read()) == ("image/png", png())
    assert not default_storage.exists(first.key)
    with django_capture_on_commit_callbacks(execute=True):
        remove_picture(namespace=ada.namespace, actor=ada)
    assert picture_of("ada") is None
    assert not default_storage.exists(second.key)
    assert changes() == [["picture"]] * 3


def test_what_is_no_picture_is_refused_and_the_one_before_stays():
    ada = make_user("ada")
    set_picture(namespace=ada.namespace, actor=ada, data=JPEG)
    with pytest.raises(PictureInvalid):
        set_picture(namespace=ada.namespace, actor=ada, data=b"<svg/>")
    assert picture_of("ada").read() == JPEG
    assert picture_of("eve") is None
    assert picture_of("no name") is None
