"""The pictures of names."""

from typing import NamedTuple

from django.core.files.storage import default_storage

from accounts import names
from accounts.models import Namespace
from accounts.profiles.pictures import TYPES


class Shown(NamedTuple):
    """A picture that somebody uploaded: where it is kept, and the type that it is served as."""

    key: str
    type: str

    def read(self) -> bytes:
        """Its bytes, from the store."""
        with default_storage.open(self.key) as file:
            return file.read()


def picture_of(name: str) -> Shown | None:
    """The picture uploaded for a name in any letter case; None when there is none, or nobody of that name."""
    if not names.could_be_name(name):
        return None
    found = Namespace.objects.filter(name__iexact=name).exclude(picture="").values_list("picture", flat=True)
    key = found.first()
    return Shown(key, TYPES[key.rpartition(".")[2]]) if key else None
