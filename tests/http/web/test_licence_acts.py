"""What people do about a licence finding: a pull request that mends it, answers, and the moderators."""

import pytest
from django.core.cache import cache

from contributions.discussions.models import Discussion
from contributions.moderation.models import Case, Flag
from hub.licensing.models import LicenceFinding
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from hub.revisions.selectors import find_entry, read_text, resolve_revision
from tests.factories.accounts import make_moderator
from tests.factories.repositories import commit, make_repository
from tests.http.web.test_licence_pages import card, look, page

NOTICE_LINE = "Llama 3.1 is licensed under the Llama 3.1 Community License"
ODD_CARD = b"---\n# kept\nlicense:   llama3.1   # as it is\ntags: [a,  b]\n---\nHello.\r\nThere.\n"


@pytest.fixture
def llama(world) -> Repository:
    """acme/llama, which lacks the sentences that its licence demands."""
    make = {"README.md": ODD_CARD}
    return look(make_repository(world.users["admin"], namespace=world.organisation, name="llama", files=make))


def finding(repository: Repository, key: str) -> LicenceFinding:
    return LicenceFinding.objects.get(repository=repository, key__startswith=key)


def text_at(repository: Repository, revision: str, path: str) -> str:
    return read_text(find_entry(resolve_revision(repository, revision), path))


def mend(world, who: str, repository: Repository, key: str):
    return world.client(who).post(
        f"/{repository.full_name}/licence/mend", {"finding": finding(repository, key).key}
    )


def answer(world, who: str, repository: Repository, key: str, act: str, reason: str = "", client=None):
    body = {"finding": finding(repository, key).key, "act": act, "reason": reason}
    return (client or world.client(who)).post(f"/{repository.full_name}/licence/answer", body)


def test_anybody_who_brings_files_opens_a_pull_request_that_mends_it_once(world, llama):
    assert "Open a pull request that mends it" in page(world, "outsider", "/acme/llama/licence")
    assert "Open a pull request that mends it" not in page(world, "nobody", "/acme/llama/licence")
    first = mend(world, "outsider", llama, "L13:llama3.1:notice_file")
    assert first.status_code == 302
    assert first["Location"] == "/acme/llama/discussions/1"
    assert mend(world, "outsider", llama, "L13:llama3.1:notice_file")["Location"] == first["Location"]
    made = Discussion.objects.get(repository=llama)
    assert NOTICE_LINE in text_at(llama, made.git_reference, "NOTICE")
    assert text_at(llama, made.git_reference, "README.md") == ODD_CARD.decode()


def test_a_notice_that_is_there_keeps_what_it_says(world, llama):
    commit(llama, world.users["admin"], [AddInline("NOTICE", b"Ours.\r\nToo.\r\n")])
    look(llama)
    mend(world, "writer", llama, "L13:llama3.1:notice_file")
    made = text_at(llama, Discussion.objects.get(repository=llama).git_reference, "NOTICE")
    assert made.startswith("Ours.\r\nToo.\r\n" + NOTICE_LINE)
    assert made.endswith("\r\n")


def test_a_line_of_the_card_leaves_the_rest_to_the_letter(world, llama):
    mend(world, "writer", llama, "L13:llama3.1:ui_text")
    made = text_at(llama, Discussion.objects.get(repository=llama).git_reference, "README.md")
    assert made == ODD_CARD.decode() + "\nBuilt with Llama\n"


def test_a_field_of_the_card_is_set_and_the_rest_stays(world):
    root = look(make_repository(files={"README.md": card("cc-by-nc-4.0")}))
    text = f"---\n# kept\nlicense: mit\nbase_model: {root.full_name}\n---\nHello.\n"
    files = {"README.md": text.encode()}
    repository = look(
        make_repository(world.users["admin"], namespace=world.organisation, name="d", files=files)
    )
    row = LicenceFinding.objects.filter(repository=repository, severity="conflict").first()
    patched = {**row.said, "patch": {"card": {"license": "cc-by-nc-4.0", "license_name": None}}}
    LicenceFinding.objects.filter(pk=row.pk).update(said=patched)
    assert mend(world, "writer", repository, row.key).status_code == 302
    made = text_at(repository, Discussion.objects.get(repository=repository).git_reference, "README.md")
    assert made == text.replace("license: mit", "license: cc-by-nc-4.0")


def test_what_the_files_say_already_makes_no_pull_request(world, llama):
    row = finding(llama, "L13:llama3.1:ui_text")
    commit(llama, world.users["admin"], [AddInline("README.md", ODD_CARD + b"Built with Llama\n")])
    answered = world.client("writer").post("/acme/llama/licence/mend", {"finding": row.key}, follow=True)
    assert b"Nothing would change" in answered.content
    assert not Discussion.objects.filter(repository=llama).exists()


def test_a_card_that_cannot_be_changed_says_why(world):
    text = b"---\n{license: mit, tags: [a]}\n---\n"
    files = {"README.md": text}
    repository = look(
        make_repository(world.users["admin"], namespace=world.organisation, name="braces", files=files)
    )
    row = LicenceFinding.objects.filter(repository=repository).first()
    LicenceFinding.objects.filter(pk=row.pk).update(
        said={**row.said, "patch": {"card": {"license": "apache-2.0"}}}
    )
    answered = mend(world, "writer", repository, row.key)
    assert answered.status_code == 400
    assert b"written in braces" in answered.content
    assert not Discussion.objects.filter(repository=repository).exists()


def test_a_finding_that_is_not_there_is_not_mended(world, llama):
    client = world.client("writer")
    assert client.post("/acme/llama/licence/mend", {"finding": "L99"}).status_code == 404
    assert client.post("/acme/llama/licence/mend").status_code == 400
    assert client.post("/acme/llama/licence/answer", {"finding": "L99", "act": "raise"}).status_code == 404


KEY = "L13:llama3.1:ui_text"


def test_only_writers_dispute_and_take_it_back(world, llama):
    for who in ("outsider", "reader", "moderator"):
        assert answer(world, who, llama, KEY, "dispute", "No.").status_code == 403
    assert answer(world, "writer", llama, KEY, "dispute", "").status_code == 400
    assert finding(llama, KEY).state == "open"
    assert answer(world, "writer", llama, KEY, "dispute", "It says so elsewhere.").status_code == 302
    assert finding(llama, KEY).state == "disputed"
    assert answer(world, "outsider", llama, KEY, "reopen").status_code == 403
    assert answer(world, "writer", llama, KEY, "reopen").status_code == 302
    assert finding(llama, KEY).state == "open"


def test_only_moderators_settle_and_not_what_is_their_own(world, llama):
    for who in ("outsider", "writer", "admin"):
        assert answer(world, who, llama, KEY, "settle", "No.").status_code == 403
    own = make_moderator()
    repository = look(make_repository(own, files={"README.md": ODD_CARD}))
    client = world.client("nobody")
    client.force_login(own)
    assert answer(world, "", repository, KEY, "settle", "Mine.", client).status_code == 403
    assert "Settle it as a moderator" not in client.get(f"/{repository.full_name}/licence").content.decode()
    assert finding(repository, KEY).state == "open"
    assert answer(world, "moderator", llama, KEY, "settle", "They asked the vendor.").status_code == 302
    assert finding(llama, KEY).state == "waived"
    assert answer(world, "writer", llama, KEY, "dispute", "No.").status_code == 400
    assert answer(world, "writer", llama, KEY, "reopen").status_code == 403
    assert answer(world, "moderator", llama, KEY, "reopen").status_code == 302


def test_anybody_signed_in_asks_the_moderators_and_they_see_the_finding(world, llama):
    cache.clear()
    assert answer(world, "nobody", llama, KEY, "raise")["Location"].startswith("/accounts/login/")
    assert not Flag.objects.exists()
    assert answer(world, "outsider", llama, KEY, "raise", "Please look.").status_code == 302
    flag = Flag.objects.get()
    assert (flag.source, flag.evidence, flag.reporter) == (
        "licence",
        finding(llama, KEY).key,
        world.users["outsider"],
    )
    assert flag.by_people
    assert "Built with Llama" in flag.text
    assert "Please look." in flag.text
    assert finding(llama, KEY).raised_at
    case = Case.objects.get()
    assert (case.title, case.cause, case.findings) == ("acme/llama", "licence", [])
    llama.refresh_from_db()
    assert llama.taken_down_at is None
    answer(world, "writer", llama, KEY, "dispute", "It says so elsewhere.")
    shown = page(world, "moderator", f"/moderation/{case.pk}")
    assert f"/acme/llama/licence#finding-{finding(llama, KEY).pk}" in shown
    assert "disputed by its publisher" in shown
    assert "It says so elsewhere." in shown


def test_the_moderators_are_asked_at_a_pace(world, llama):
    cache.clear()
    statuses = [
        answer(world, "outsider", llama, KEY, "raise", f"Again {number}.").status_code for number in range(12)
    ]
    assert statuses[0] == 302
    assert statuses[-1] == 429
    assert Flag.objects.count() == 1


def test_to_ask_about_a_finding_and_to_report_are_one_pace_of_an_account_and_none_of_moderators(
    world, llama, settings
):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"report_by_user": "2/h/user"}
    places = {
        "/acme/llama/report": {"cause": "licence", "text": "It is mine."},
        "/acme/llama/licence/answer": {"finding": finding(llama, KEY).key, "act": "raise"},
    }

    def statuses(who: str) -> list[int]:
        client, addresses = world.client(who), iter(range(9))
        return [
            client.post(place, body, REMOTE_ADDR=f"192.0.2.{next(addresses)}").status_code
            for _ in range(2)
            for place, body in places.items()
        ]

    assert statuses("outsider") == [302, 302, 429, 429]
    assert statuses("moderator") == [302] * 4


def test_an_act_that_is_none_changes_nothing(world, llama):
    assert answer(world, "admin", llama, KEY, "delete").status_code == 400
    assert finding(llama, KEY).state == "open"
