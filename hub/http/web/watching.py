"""Setting how much one wants to know; each button is a form that works without scripts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from contributions.discussions.errors import ThreadNotFound
from contributions.discussions.selectors import find_thread
from contributions.notifications import services
from hub.access.services import writing_user
from hub.http.web.addresses import page_of
from hub.http.web.pages import open_page
from hub.http.web.profiles import open_namespace_page
from hub.http.web.visitors import visitor


@require_http_methods(["GET", "POST"])
def watch(request: HttpRequest, **address: str) -> HttpResponse:
    """Watch a repository, or the `thread` of that number in it; a GET leads to the repository."""
    repository = open_page(request, address)
    if request.method == "GET":
        return redirect(page_of(repository))
    user, level = writing_user(visitor(request)), request.POST.get("level", "")
    number = request.POST.get("thread", "")
    if not number:
        services.watch(user=user, level=level, repository=repository)
        return redirect(page_of(repository))
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ThreadNotFound("There is no such discussion.")
    thread = find_thread(repository, int(number))
    services.watch(user=user, level=level, discussion=thread)
    return redirect(thread.url_path)


@require_http_methods(["GET", "POST"])
def watch_namespace(request: HttpRequest, namespace: str) -> HttpResponse:
    """Watch everything of a user or an organisation that one may see; a GET leads to its page."""
    owner = open_namespace_page(namespace)
    if request.method == "POST":
        user = writing_user(visitor(request))
        services.watch(user=user, level=request.POST.get("level", ""), namespace=owner)
    return redirect("profile", owner.name)
