"""The numbers about moderation: a page and JSON for everybody, of a period that is one."""

import pytest

from contributions.moderation.models import Case
from tests.factories.moderation import make_report

ADDRESSES = ("/transparency", "/transparency.json")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("who", ["nobody", "outsider", "moderator"])
def test_everybody_reads_the_numbers(world, address, who):
    assert world.client(who).get(address).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("period", ["1999", "2999", "2026-Q5", "2026-13", "x", "2026%0A"])
def test_a_bad_period_is_refused_in_words(world, address, period):
    answer = world.client("nobody").get(f"{address}?period={period}")
    assert answer.status_code == 400
    assert b"A period is a year as 2026 or a quarter as 2026-Q4" in answer.content


def test_the_refusal_names_the_field(world):
    assert world.client("nobody").get("/transparency.json?period=x").json()["field"] == "period"


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_sent_to_them(world, address):
    assert world.client("nobody").post(address).status_code == 405


def make_cases(world, count: int) -> None:
    case = make_report(world.private).case
    for number in range(count - 1):
        case.pk, case.subject_key = None, f"repository:{10**6 + number}"
        case.save(force_insert=True)
    assert Case.objects.count() == count


def test_few_cases_are_not_told(world):
    make_cases(world, 4)
    answer = world.client("nobody").get("/transparency.json").json()
    assert answer["cases"]["total"] is None
    assert set(answer["cases"]["byCause"].values()) == {None}
    assert answer["roundedTo"] == 5


def test_more_are_told_with_their_period_and_without_what_they_are_about(world):
    make_cases(world, 8)
    year = Case.objects.latest("pk").created_at.year
    answer = world.client("nobody").get(f"/transparency.json?period={year}").json()
    assert answer["cases"]["total"] == 10
    assert answer["cases"]["byCause"]["spam"] == 10
    assert answer["period"] == {
        "name": str(year),
        "since": f"{year}-01-01T00:00:00+00:00",
        "until": f"{year + 1}-01-01T00:00:00+00:00",
    }
    page = world.client("nobody").get(f"/transparency?period={year}").content.decode()
    assert f"<option selected>{year}</option>" in page
    assert f'href="/transparency.json?period={year}"' in page
    assert '<th scope="row">Spam</th><td class="number">10</td>' in page
    assert "fewer than 5 each" in page
    assert "acme/secret" not in page


def test_every_page_leads_to_the_numbers_and_the_policies(world):
    page = world.client("nobody").get("/").content.decode()
    assert 'href="/transparency"' in page
    assert 'href="/policies"' in page
