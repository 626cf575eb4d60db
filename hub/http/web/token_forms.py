"""The form of a new access token: its role, its end, and place by place what a fine-grained one may do."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import GrantsInvalid
from accounts.grants import Grant
from accounts.models import User
from accounts.names import MAX_LENGTH
from accounts.roles import Everywhere, Role, TokenRole
from accounts.selectors import namespaces_for
from hub.access.grants import grant_at, places_offered

ROWS, MOST_ROWS = 3, 48
NEVER = "never"
ENDS = [
    ("7", _("in a week")),
    ("30", _("in 30 days")),
    ("90", _("in 90 days")),
    ("365", _("in a year")),
    (NEVER, _("never, until you revoke it")),
]
PERMISSIONS = [("", "–"), *Role.choices]


class TokenForm(forms.Form):
    """A new access token; `fields_for_create` is what accounts.services.create_token takes."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("Where you will use it, such as “laptop” or “build server”."),
    )
    days = forms.ChoiceField(label=_("When does it end?"), choices=ENDS, initial="90")
    role = forms.ChoiceField(
        label=_("What may it do?"),
        choices=[
            (TokenRole.READ.value, _("Read: download what you can see")),
            (TokenRole.WRITE.value, _("Write: publish and change as you can")),
            (TokenRole.FINE_GRAINED.value, _("Fine-grained: only what you choose, place by place")),
        ],
        initial=TokenRole.READ.value,
        widget=forms.RadioSelect,
    )
    everywhere = forms.MultipleChoiceField(
        label=_("On every public repository, beside reading it"),
        choices=Everywhere.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, user: User, data: Any = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.user = user
        self.rows = rows_in(data or initial or {})
        self.offered = places_offered(user)
        self.namespaces = list(namespaces_for(user, Role.READ))
        for namespace in self.namespaces:
            self.fields[f"namespace-{namespace.pk}"] = permission_field(namespace.name)
        for row in range(self.rows):
            self.fields[f"place-{row}"] = place_field()
            self.fields[f"permission-{row}"] = permission_field(_("What it may do there"))

    def clean(self) -> dict[str, Any]:
        """Find the places, as the user may see them; a role that takes no grants leaves them unread."""
        data = super().clean()
        fine = data.get("role") == TokenRole.FINE_GRAINED
        grants = [*self._in_namespaces(), *self._in_repositories()] if fine else []
        days = data.get("days", NEVER)
        self.fields_for_create = {
            "name": data.get("name"),
            "role": data.get("role"),
            "expires_at": timezone.now() + timedelta(days=int(days)) if days != NEVER else None,
            "grants": grants,
            "everywhere": data.get("everywhere", []) if fine else [],
        }
        return data

    def _in_namespaces(self) -> list[Grant]:
        chosen = ((one.pk, self.cleaned_data.get(f"namespace-{one.pk}")) for one in self.namespaces)
        return [Grant(permission, namespace_id=pk) for pk, permission in chosen if permission]

    def _in_repositories(self) -> list[Grant]:
        found = (self._in_row(row) for row in range(self.rows))
        return [grant for grant in found if grant is not None]

    def _in_row(self, row: int) -> Grant | None:
        place = self.cleaned_data.get(f"place-{row}")
        permission = self.cleaned_data.get(f"permission-{row}")
        if not place:
            return None
        if not permission:
            self.add_error(f"permission-{row}", _("Choose what it may do there."))
            return None
        try:
            return grant_at(Actor(self.user, None), place, permission)
        except GrantsInvalid as problem:
            self.add_error(f"place-{row}", str(problem))
            return None

    def plain_fields(self) -> list[forms.BoundField]:
        """What every token has."""
        return [self[name] for name in ("name", "days", "role")]

    def namespace_fields(self) -> list[forms.BoundField]:
        """A choice for each namespace."""
        return [self[f"namespace-{namespace.pk}"] for namespace in self.namespaces]

    def repository_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """An address and a choice in each row."""
        return [(self[f"place-{row}"], self[f"permission-{row}"]) for row in range(self.rows)]


def rows_in(sent: Mapping[str, Any]) -> int:
    """How many rows for repositories the page has, or is asked to have with the button “more”."""
    text = str(sent.get("rows", ""))
    rows = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else ROWS
    return max(ROWS, min(rows + (ROWS if "more" in sent else 0), MOST_ROWS))


def place_field() -> forms.CharField:
    """A repository's address, with those of the user's own places as suggestions."""
    return forms.CharField(
        label=_("Repository"),
        required=False,
        max_length=2 * MAX_LENGTH + len("datasets//"),
        widget=forms.TextInput(attrs={"list": "places", "placeholder": "owner/name", "autocomplete": "off"}),
    )


def permission_field(label: Any) -> forms.ChoiceField:
    """One of the roles, or none."""
    return forms.ChoiceField(label=label, required=False, choices=PERMISSIONS)
