"""What the pages of collections ask."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import namespaces_for
from hub.collections.models import DESCRIPTION_MAX, NOTE_MAX, TITLE_MAX, Collection


class CollectForm(forms.Form):
    """Where a repository is put: into a collection that is there, or a new one."""

    collection = forms.ChoiceField(label=_("Collection"), required=False)
    title = forms.CharField(label=_("Title of the new collection"), max_length=TITLE_MAX, required=False)
    namespace = forms.ChoiceField(label=_("Owner of the new collection"))
    private = forms.BooleanField(
        label=_("Only its owner, or the organisation's members, can see the new collection"), required=False
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=NOTE_MAX,
        required=False,
        help_text=_("What it is good for, for those who read the collection."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, user: User, there: Iterable[Collection], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(row.slug, f"{row.namespace.name} / {row.title}") for row in there]
        self.fields["collection"].choices = [*known, ("", _("A new collection"))]
        owners = namespaces_for(user, Role.WRITE)
        self.fields["namespace"].choices = [(owner.name, owner.name) for owner in owners]

    def clean(self) -> dict[str, Any]:
        """Refuse a new collection without a title."""
        chosen = "collection" in self.errors or self.cleaned_data.get("collection")
        if not chosen and "title" not in self.errors and not self.cleaned_data.get("title"):
            self.add_error("title", _("Say what the new collection is called."))
        return self.cleaned_data


class CollectionForm(forms.Form):
    """What a collection says of itself."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    description = forms.CharField(label=_("Description"), max_length=DESCRIPTION_MAX, required=False)
    private = forms.BooleanField(
        label=_("Only its owner, or the organisation's members, can see it"), required=False
    )
