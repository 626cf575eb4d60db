"""Check a card before it is uploaded."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from hub.http.huggingface.base import HubView, json_object, text_field
from hub.licensing.books import current_books
from hub.licensing.cards import problems
from hub.repos.card_rules import Problem
from hub.repos.cards import parse_card


class ValidateYaml(HubView):
    """`POST /api/validate-yaml`: the client asks before every upload of a README.md.

    It only advises: a commit whose card has errors lands all the same, because a card must never keep
    somebody from publishing by another way; what a card says that cannot be read does not count.
    """

    def post(self, request: Request) -> HttpResponse:
        """The problems of a card as warnings and errors; 400 when there are errors."""
        data = json_object(request)
        card = parse_card(text_field(data, "content"))
        kind = text_field(data, "repoType", default="model")
        return self.answer(problems(card, kind, current_books().book))

    def handle_exception(self, error: Exception) -> Response:
        """A request that is wrong itself is told in the same form, which is all that the client shows."""
        response = super().handle_exception(error)
        if isinstance(response.data, dict):
            response.data |= {"warnings": [], "errors": [{"message": response.data.get("error", "")}]}
        return response

    def answer(self, found: list[Problem]) -> HttpResponse:
        """JSON; or words, for a client that shows people what it gets (`RepoCard.validate`)."""
        errors, warnings = ([one for one in found if one.error is wanted] for wanted in (True, False))
        status = 400 if errors else 200
        if "text/plain" in self.request.headers.get("Accept", ""):
            words = "\n".join(f"- {one.message}" for one in errors or warnings)
            return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
        body = {"warnings": [told(one) for one in warnings], "errors": [told(one) for one in errors]}
        return Response(body, status=status)


def told(problem: Problem) -> dict[str, Any]:
    """A problem as JSON."""
    return {"message": problem.message} | ({"field": problem.field} if problem.field else {})
