"""What people and organisations say of themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Namespace
from accounts.profiles.pictures import MAX_BYTES, MAX_SIDE, MIN_SIDE, TYPES
from accounts.profiles.rules import DESCRIPTION_MAX, FULL_NAME_MAX, HOMEPAGE_MAX
from hub.http.web.forms import VISIBILITIES


class ProfileForm(forms.Form):
    """A profile as it is shown on the page of its name."""

    full_name = forms.CharField(label=_("Full name"), max_length=FULL_NAME_MAX, required=False)
    description = forms.CharField(
        label=_("About you"),
        max_length=DESCRIPTION_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    homepage = forms.CharField(
        label=_("Home page"),
        max_length=HOMEPAGE_MAX,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(TYPES.values())}),
    )
    remove_picture = forms.BooleanField(label=_("Remove the picture"), required=False)

    def __init__(self, namespace: Namespace, *args: Any, **kwargs: Any) -> None:
        names = ("full_name", "description", "homepage", "default_visibility")
        super().__init__(*args, initial={name: getattr(namespace, name) for name in names}, **kwargs)
        self.fields["picture"].help_text = gettext(
            "A PNG, JPEG or WebP file of up to 1 MiB, %(least)s to %(most)s pixels a side."
        ) % {"least": MIN_SIDE, "most": MAX_SIDE}
        if not namespace.picture:
            del self.fields["remove_picture"]

    def clean_picture(self) -> Any:
        """Refuse a file that is too large before it is read; a form's files are in memory."""
        picture = self.cleaned_data["picture"]
        if picture and picture.size > MAX_BYTES:
            raise forms.ValidationError(_("A picture has at most 1 MiB."))
        return picture

    def said(self) -> dict[str, str]:
        """What the profile says, as accounts.profiles.services.change_profile takes it."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("picture", "remove_picture")
        }


class OrganisationProfileForm(ProfileForm):
    """An organisation's profile, and how its new repositories begin."""

    default_visibility = forms.ChoiceField(
        label=_("Who can see new repositories?"),
        choices=VISIBILITIES,
        widget=forms.RadioSelect,
        help_text=_("It is what the form for a new repository begins with; each can be made otherwise."),
    )

    def __init__(self, namespace: Namespace, *args: Any, **kwargs: Any) -> None:
        super().__init__(namespace, *args, **kwargs)
        self.fields["description"].label = _("About the organisation")
