"""What people may send to the moderators, and they to the desk."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.selectors import user_by_name
from contributions.moderation.actions import possible
from contributions.moderation.appeal_files import NAME_MAX
from contributions.moderation.models import Case
from contributions.moderation.queueing import ORDERS, Wanted
from contributions.moderation.rules import (
    CONTACT_MAX,
    EVIDENCE_MAX,
    PATH_MAX,
    REASON_MAX,
    REASON_MIN,
    TEXT_MAX,
)
from contributions.moderation.selectors import policies
from contributions.moderation.vocabulary import (
    REPORTABLE,
    WITHOUT_ACCOUNT,
    AppealKind,
    Cause,
    Effect,
    Severity,
    Source,
    State,
    SubjectKind,
)

WORDS = {
    Effect.NONE: _("Nothing: leave it, or show it again"),
    Effect.WARN: _("Warn: tell its people what not to do again, and leave it"),
    Effect.ASK: _("Ask for changes until a date"),
    Effect.OVERRIDE: _("Overrule the scanner: the file can be downloaded"),
    Effect.QUARANTINE: _("Quarantine: only its publishers and moderators can download the file"),
    Effect.TAKE_DOWN: _("Take down: only its people and moderators have it"),
    Effect.HIDE: _("Hide the comment from everybody"),
    Effect.SUSPEND_UPLOADS: _("Suspend uploads: they read and talk, and publish nothing"),
    Effect.SUSPEND_ACCOUNT: _("Suspend the account: nobody can log in to it"),
    Effect.FORBID_NAME: _("Take it down or suspend it, and let nobody take the name again"),
}
NOTHING_WRONG = (Effect.NONE, Effect.OVERRIDE)
ORDER_WORDS = {
    "severity": _("Gravest first"),
    "due": _("Due first"),
    "age": _("Oldest first"),
    "reach": _("Most reached first"),
}


class QueueForm(forms.Form):
    """Which cases are shown, in which order."""

    state = forms.ChoiceField(label=_("State"), required=False)
    cause = forms.ChoiceField(label=_("Cause"), required=False)
    source = forms.ChoiceField(label=pgettext_lazy("of a case", "Source"), required=False)
    kind = forms.ChoiceField(label=_("About"), required=False)
    severity = forms.ChoiceField(label=_("Severity"), required=False)
    claimed = forms.ChoiceField(label=_("Claimed"), required=False)
    more = forms.ChoiceField(label=_("Only"), required=False)
    order = forms.ChoiceField(label=_("Order"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[tuple[Any, Any]]] = {
            "state": [("", _("Not closed")), *State.choices],
            "cause": [("", _("All")), *Cause.choices],
            "source": [("", _("All")), *Source.choices],
            "kind": [("", _("All")), *SubjectKind.choices],
            "severity": [("", _("All")), *((str(value), words) for value, words in Severity.choices)],
            "claimed": [("", _("All")), ("mine", _("By me")), ("nobody", _("By nobody"))],
            "more": [
                ("", _("All")),
                ("overdue", _("Overdue")),
                ("second", _("My opinion is asked for")),
                ("appealed", _("Appealed")),
            ],
            "order": [(name, ORDER_WORDS[name]) for name in ORDERS],
        }
        for name, given in choices.items():
            self.fields[name].choices = given

    def wanted(self) -> Wanted:
        """The selection; what is not known of it does not count."""
        self.full_clean()
        said = {name: self.cleaned_data.get(name, "") for name in self.fields}
        return Wanted(
            states=frozenset({said["state"]} - {""}),
            cause=said["cause"],
            source=said["source"],
            kind=said["kind"],
            severity=int(said["severity"]) if said["severity"] else None,
            claimed=said["claimed"],
            second=said["more"] == "second",
            overdue=said["more"] == "overdue",
            appealed=said["more"] == "appealed",
            order=said["order"] or "severity",
        )


class ReportForm(forms.Form):
    """What somebody tells the moderators; without an account they can say less, and must be reachable."""

    cause = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    path = forms.CharField(
        label=_("Which file?"),
        required=False,
        max_length=PATH_MAX,
        help_text=_("Its path, if it is about one file."),
    )
    text = forms.CharField(
        label=_("What should the moderators know?"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=EVIDENCE_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Links to what shows it: the original, an analysis, a register."),
    )
    contact = forms.CharField(
        label=_("How can they reach you?"),
        max_length=CONTACT_MAX,
        help_text=_("An e-mail address, for questions. Only moderators see it."),
    )

    def __init__(self, *args: Any, anonymous: bool, about_files: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        causes = [cause for cause in REPORTABLE if not anonymous or cause in WITHOUT_ACCOUNT]
        self.fields["cause"].choices = [(cause.value, cause.label) for cause in causes]
        self.fields["contact"].required = anonymous
        if not about_files:
            del self.fields["path"]


class DecisionForm(forms.Form):
    """A moderator's decision in a case, with the turn of the case that the moderator saw."""

    effect = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    until = forms.DateTimeField(
        label=_("Until when?"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In UTC, only when you ask for changes."),
    )
    policy = forms.ChoiceField(label=_("By which policy?"))
    reason = forms.CharField(
        label=_("Reason"),
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "The publisher reads it in a mail and on the page. With a file that you release, "
            "so does everybody who can see it."
        ),
    )
    note = forms.CharField(
        label=_("Note for the desk"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only moderators and auditors read it."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        self.policies = {policy.slug: policy for policy in policies()}
        # The cause's own come first.
        ordered = sorted(self.policies.values(), key=lambda policy: policy.cause != case.cause)
        first = ordered[0]
        initial = {"seen": case.turn, "policy": first.slug, "reason": first.shown_reasons}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["effect"].choices = [
            (effect.value, WORDS[effect])
            for effect in possible(case)
            if case.is_open or effect != case.outcome
        ]
        if Effect.ASK not in possible(case):
            del self.fields["until"]
        self.fields["effect"].error_messages["invalid_choice"] = _(
            "This decision stands already, or is none."
        )
        self.fields["policy"].choices = [(policy.slug, policy.shown_title) for policy in ordered]
        reasons = {policy.slug: policy.shown_reasons for policy in ordered}
        self.fields["policy"].widget.attrs["data-reasons"] = json.dumps(reasons)
        # The templates say what is wrong.
        self.fields["policy"].widget.attrs["data-nothing-wrong"] = " ".join(NOTHING_WRONG)

    def clean_policy(self) -> Any:
        """The policy itself."""
        return self.policies[self.cleaned_data["policy"]]


class ClaimForm(forms.Form):
    """Taking a case, giving it back or over, or asking one or all for a second opinion."""

    act = forms.ChoiceField(
        choices=[(name, name) for name in ("claim", "let_go", "hand_over", "second", "all")]
    )
    colleague = forms.CharField(label=_("Colleague"), required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("act") in ("hand_over", "second"):
            said["colleague"] = user_by_name(said.get("colleague", "").strip())
            if said["colleague"] is None:
                self.add_error("colleague", _("There is no such user."))
        return said


class MessageForm(forms.Form):
    """A message about a case."""

    text = forms.CharField(label=_("Message"), max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3}))


class DeskMessageForm(MessageForm):
    """A message from the desk, to those concerned or to the desk itself."""

    internal = forms.BooleanField(label=_("For the desk alone"), required=False)


class ReasonForm(forms.Form):
    """An answer, and why: to a proposal or to an appeal, with the turn of the case that was seen."""

    answer = forms.ChoiceField()
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, answers: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [(name, name) for name in answers]


class RepairedForm(forms.Form):
    """That what was asked for was done, with the turn of the case that the moderator saw."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class AppealForm(forms.Form):
    """Why a decision is wrong."""

    kind = forms.ChoiceField(
        label=_("What do you send?"),
        choices=AppealKind.choices,
        widget=forms.RadioSelect,
        initial=AppealKind.APPEAL,
    )
    text = forms.CharField(
        label=_("Why is the decision wrong?"),
        min_length=REASON_MIN,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, kinds: list[AppealKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]
        if len(kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
            self.initial["kind"] = kinds[0]


class AppealFileForm(forms.Form):
    """A file for an appeal; a larger one does not arrive, as a form's files stay in memory."""

    file = forms.FileField(
        label=_("File"),
        max_length=NAME_MAX,
        help_text=_(
            "Up to 5 files of up to 10 MiB. Moderators and those whom the case concerns can save it."
        ),
        error_messages={"required": _("Choose a file of up to 10 MiB.")},
    )


class SaveViewForm(forms.Form):
    """A name for the selection that is shown."""

    name = forms.CharField(label=_("Name"), max_length=60)
    query = forms.CharField(max_length=400, required=False)
    act = forms.ChoiceField(choices=[(name, name) for name in ("save", "delete")])
