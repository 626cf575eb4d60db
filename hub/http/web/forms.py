"""What people may send to the pages."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.names import MAX_LENGTH
from accounts.roles import Role, TokenRole
from accounts.selectors import namespaces_for, user_by_name
from hub.http.web.card_forms import licences
from hub.licensing.openness import Openness
from hub.repos.facets import CONDITIONAL, NO, YES
from hub.repos.models import Repository
from hub.repos.ranges import PARAMETERS, SIZES
from hub.repos.serving import stricter_than
from hub.revisions.releases import NOTES_MAX, TITLE_MAX
from hub.revisions.texts import LONGEST

VISIBILITIES = [
    (Repository.Visibility.PUBLIC.value, _("Public: anyone can see and download it")),
    (Repository.Visibility.PRIVATE.value, _("Private: only members of its owner can")),
]

GATES = [
    # A value of its own, so that a form without the field opens nothing.
    ("open", _("Open: anyone")),
    (Repository.Gate.AUTO.value, _("Gated: members, and whoever asks")),
    (Repository.Gate.MANUAL.value, _("Gated: members, and whom they let in")),
]


OFTEN_CHOSEN = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-nc-4.0")


class BrowseForm(forms.Form):
    """A search as the address spells it."""

    SORTS = (
        ("trending", _("Trending")),
        ("downloads", _("Most downloaded")),
        ("likes", _("Most liked")),
        ("created", _("Newest")),
        ("updated", _("Recently updated")),
    )
    BEST = ("", _("Best match"))

    search = forms.CharField(required=False, max_length=200)
    sort = forms.ChoiceField(required=False, choices=SORTS)
    parameters = forms.ChoiceField(required=False, choices=[(key, key) for key in PARAMETERS])
    size = forms.ChoiceField(required=False, choices=[(key, key) for key in SIZES])
    gated = forms.ChoiceField(required=False, choices=[(YES, YES), (NO, NO)])
    commercial_use = forms.ChoiceField(required=False, choices=[(YES, YES), (CONDITIONAL, CONDITIONAL)])
    licence_text = forms.ChoiceField(required=False, choices=[(YES, YES)])
    licence_clear = forms.ChoiceField(required=False, choices=[(YES, YES)])
    openness = forms.ChoiceField(required=False, choices=[(each, each) for each in Openness])
    task = forms.CharField(required=False, max_length=200)
    library = forms.CharField(required=False, max_length=200)
    licence = forms.CharField(required=False, max_length=200)
    author = forms.CharField(required=False, max_length=MAX_LENGTH)


class RepositoryForm(forms.Form):
    """A new model or dataset: three fields, and who can see it."""

    namespace = forms.ChoiceField(label=_("Owner"))
    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_LENGTH,
        help_text=_("Letters, digits, “-”, “_” and “.”. It becomes part of the address."),
    )
    kind = forms.ChoiceField(
        choices=[(Repository.Kind.MODEL.value, _("Model")), (Repository.Kind.DATASET.value, _("Dataset"))],
        widget=forms.HiddenInput,
    )
    licence = forms.ChoiceField(
        label=_("Licence"),
        required=False,
        help_text=_("It begins the card. You can change it there."),
    )
    visibility = forms.ChoiceField(label=_("Who can see it?"), choices=VISIBILITIES, widget=forms.RadioSelect)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = list(namespaces_for(user, Role.WRITE))
        self.fields["namespace"].choices = [(owner.name, owner.name) for owner in owners]
        visibility = {owner.name: owner.default_visibility for owner in owners}
        # For the page's script, when somebody chooses another owner.
        self.fields["namespace"].widget.attrs["data-visibility"] = json.dumps(visibility)
        self.initial["visibility"] = visibility.get(
            self.initial.get("namespace"), Repository.Visibility.PUBLIC.value
        )
        known = dict(licences())
        often = [(id, known[id]) for id in OFTEN_CHOSEN]
        self.fields["licence"].choices = [
            ("", _("Decide later")),
            (_("Often chosen"), often),
            (_("All others"), [row for row in known.items() if row not in often]),
        ]


class AccessForm(forms.Form):
    """Who can see a repository, and who gets its files."""

    visibility = forms.ChoiceField(label=_("Who can see it?"), choices=VISIBILITIES, widget=forms.RadioSelect)
    gate = forms.ChoiceField(
        label=_("Who gets the files of a public repository?"),
        choices=GATES,
        widget=forms.RadioSelect,
        help_text=_(
            "Behind a gate anyone still sees the card and the names of the files. What the card says in "
            "extra_gated_prompt and extra_gated_fields is asked of whoever wants them."
        ),
    )


class MoveForm(forms.Form):
    """Another owner or name for a repository, confirmed where it changes hands."""

    namespace = forms.ChoiceField(label=_("Owner"))
    name = forms.CharField(label=_("Name"), max_length=MAX_LENGTH)
    confirmation = forms.CharField(
        label=_("To give it to another owner, type its full name"),
        max_length=2 * MAX_LENGTH + 1,
        required=False,
    )

    def __init__(self, user: User, repository: Repository, *args: Any, **kwargs: Any) -> None:
        self.repository = repository
        here = repository.namespace.name
        initial = {"namespace": here, "name": repository.name}
        super().__init__(*args, initial=initial, auto_id="move_%s", **kwargs)
        owners = [namespace.name for namespace in namespaces_for(user, Role.WRITE)]
        self.fields["namespace"].choices = [(name, name) for name in owners]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        leaves = cleaned.get("namespace") not in (None, self.repository.namespace.name)
        if leaves and cleaned.get("confirmation") != self.repository.full_name:
            self.add_error("confirmation", _("That is not the name, so it stays where it is."))
        return cleaned


class DeleteForm(forms.Form):
    """A deletion, confirmed by typing the full name of what is deleted."""

    confirmation = forms.CharField(label=_("Type the full name to confirm"), max_length=2 * MAX_LENGTH + 1)

    def __init__(self, full_name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.full_name = full_name

    def clean_confirmation(self) -> str:
        if self.cleaned_data["confirmation"] != self.full_name:
            raise forms.ValidationError(_("That is not the name, so nothing was deleted."))
        return self.full_name


class EditForm(forms.Form):
    """A text that somebody works on, to the letter."""

    text = forms.CharField(required=False, strip=False, max_length=LONGEST)


class RefForm(forms.Form):
    """A new branch or tag, and where it begins."""

    what = forms.ChoiceField(
        label=_("What is it?"),
        choices=[("branch", _("Branch: it moves on with new commits")), ("tag", _("Tag: it stays"))],
        widget=forms.RadioSelect,
        initial="branch",
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=250,
        help_text=_("Such as v1.0 or work/faster: without blanks, and without ~ ^ : ? * [ \\ and two dots."),
    )
    start = forms.CharField(
        label=_("Where it begins"),
        max_length=250,
        initial="main",
        help_text=_("A branch, a tag, or the id of a commit."),
        widget=forms.TextInput(attrs={"list": "known-refs", "autocomplete": "off"}),
    )


class ReleaseForm(forms.Form):
    """What is said of a release."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_MAX)
    notes = forms.CharField(
        label=_("Notes"),
        max_length=NOTES_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("What is new, and what to look out for. Markdown."),
    )


class NewReleaseForm(ReleaseForm):
    """A release of a tag, new or there already."""

    tag = forms.CharField(
        label=_("Tag"),
        max_length=250,
        help_text=_("A new name such as v1.0, or a tag that has no release yet."),
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )
    start = forms.CharField(
        label=_("Where a new tag begins"),
        max_length=250,
        initial="main",
        help_text=_("A branch, a tag, or the id of a commit. It cannot be changed afterwards."),
        widget=forms.TextInput(attrs={"list": "known-refs", "autocomplete": "off"}),
    )
    field_order = ("tag", "start", "title", "notes")


class PathForm(forms.Form):
    """Where in the repository a file is to be."""

    path = forms.CharField(label=_("New path"), max_length=1024, help_text=_("With its folders: docs/use.md"))


class OrganisationForm(forms.Form):
    """A new organisation."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_LENGTH,
        help_text=_("Letters, digits, “-”, “_” and “.”. It becomes part of every address below it."),
    )
    full_name = forms.CharField(label=_("Full name"), max_length=200, required=False)


class InvitationForm(forms.Form):
    """Whom an organisation invites, as what; nobody in particular for a link."""

    who = forms.CharField(
        label=_("Username or e-mail address"),
        max_length=254,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def clean(self) -> dict[str, Any]:
        """Find the person: `user` or `email`; neither when a link is asked for."""
        data = super().clean()
        who = data.get("who", "").strip()
        data["user"], data["email"] = None, ""
        if "link" in self.data:
            return data
        if not who:
            self.add_error("who", _("Name a person or give an address, or make a link."))
        elif "@" in who:
            data["email"] = who
        else:
            found = user_by_name(who)
            data["user"] = found if found and found.suspended_at is None else None
            if data["user"] is None:
                self.add_error("who", _("There is no user of that name."))
        return data


class ScanPolicyForm(forms.Form):
    """What an organisation does with files for what their scans say, where the hub leaves it a choice."""

    LABELS: ClassVar[dict[str, Any]] = {
        "dangerous": _("Files found dangerous"),
        "suspicious": _("Files found suspicious"),
        "error": _("Files that could not be scanned to their end"),
        "queued": _("Files whose scan has not ended"),
    }
    WORDS: ClassVar[dict[str, Any]] = {
        "serve": _("give them out"),
        "warn": _("give them out with a warning"),
        "refuse": _("refuse them to all but those who may write"),
    }

    def __init__(self, hub: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for state, answer in hub.items():
            as_the_hub = _("As this hub does: %s") % self.WORDS[answer]
            stricter = [(value, capfirst(self.WORDS[value])) for value in stricter_than(answer)]
            self.fields[state] = forms.ChoiceField(
                label=self.LABELS[state], required=False, choices=[("", as_the_hub), *stricter]
            )


class DeviceCodeForm(forms.Form):
    """The code that a program shows to somebody who logs it in."""

    user_code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        help_text=_("Eight letters, as the program shows them."),
    )


class DeviceForm(forms.Form):
    """What a program that logs in may do."""

    role = forms.ChoiceField(
        label=_("What may it do?"),
        choices=[
            (TokenRole.WRITE.value, _("Write: publish and change as you can")),
            (TokenRole.READ.value, _("Read: download what you can see")),
        ],
        initial=TokenRole.WRITE.value,
        widget=forms.RadioSelect,
    )
