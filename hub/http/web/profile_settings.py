"""What somebody says of themselves: a name, some words, a home page and a picture."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import PictureInvalid, ProfileInvalid
from accounts.models import Namespace
from accounts.profiles.services import change_profile, remove_picture, set_picture
from hub.access.services import require_uploads
from hub.http.web.profile_forms import ProfileForm
from hub.http.web.visitors import visitor


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show the visitor's own profile; a POST changes it."""
    namespace = request.user.namespace
    form = ProfileForm(namespace, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and saved(request, namespace, form):
        return redirect("settings-profile")
    return render(request, "web/settings_profile.html", {"form": form, "owner": namespace})


def saved(request: HttpRequest, namespace: Namespace, form: ProfileForm) -> bool:
    """Store what a valid form says; False when it is refused, which the form then says."""
    try:
        change_profile(namespace=namespace, actor=request.user, **form.said())
        if form.cleaned_data["picture"]:
            require_uploads(visitor(request))
            set_picture(namespace=namespace, actor=request.user, data=form.cleaned_data["picture"].read())
        elif form.cleaned_data.get("remove_picture"):
            remove_picture(namespace=namespace, actor=request.user)
    except (ProfileInvalid, PictureInvalid) as problem:
        form.add_error(problem.field, str(problem))
        return False
    messages.success(request, _("The profile was saved."))
    return True
