"""Why some bytes cannot be shown."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Refusal(TextChoices):
    """What stands on the page in place of an excerpt."""

    ABSENT = "absent", _("What the finding names is not in the file.")
    DAMAGED = "damaged", _("The file is too damaged for this place to be found.")
    TOO_MUCH = "too_much", _("Getting to this place would take more reading than a page may cost.")
    AWAY = "away", _("The store of large files does not answer. Try again in a moment.")


class NotReadable(Exception):
    """The bytes that were asked for cannot be shown; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.label)
        self.refusal = refusal
