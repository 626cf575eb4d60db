"""What people may send to the pages of discussions."""

from django import forms
from django.utils.translation import gettext_lazy as _

from contributions.discussions.rules import TEXT_MAX, TITLE


class DiscussionForm(forms.Form):
    """What somebody wants to talk about."""

    title = forms.CharField(label=_("Title"), min_length=TITLE[0], max_length=TITLE[1])
    text = forms.CharField(
        label=_("What is it about?"),
        max_length=TEXT_MAX,
        help_text=_("Markdown, as in cards. @name calls somebody."),
        widget=forms.Textarea(attrs={"rows": 8, "data-attach": ""}),
    )
