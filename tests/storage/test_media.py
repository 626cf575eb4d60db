"""Small media, such as avatars, are kept by django-storages in the same bucket, below a prefix."""

from urllib.request import urlopen

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from storage import s3


def test_media_are_kept_in_the_bucket_and_read_by_a_signed_link():
    name = default_storage.save("avatars/ada.png", ContentFile(b"picture"))
    assert s3.size_of(f"media/{name}") == 7
    with urlopen(default_storage.url(name)) as reply:
        assert reply.read() == b"picture"
    default_storage.delete(name)
    assert not default_storage.exists(name)
