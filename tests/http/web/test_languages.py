"""The language of a page: the visitor's choice, else what the browser asks for, else English."""

import pytest
from django.utils import translation

from accounts.addresses import language_of
from accounts.models import User
from hub.kept_words import KEPT, retold
from tests.factories.accounts import make_token, make_user

SAID = {
    "en": "Open models, shared and checked.",
    "de": "Offene Modelle, geteilt und geprüft.",
    "zh-hans": "开放模型，共享且经过检查。",
}


def home(client, **headers: str):
    return client.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})


def is_in(answer, language: str) -> bool:
    page = answer.content.decode()
    others = [words for code, words in SAID.items() if code != language]
    return (
        SAID[language] in page
        and f'<html lang="{language}">' in page
        and answer["Content-Language"] == language
        and not any(words in page for words in others)
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh", "zh-hans"),
        ("fr-FR,fr;q=0.9,de;q=0.5", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,es;q=0.9", "en"),
        ("xx-made-up;q=nonsense", "en"),
        ("", "en"),
    ],
)
def test_a_page_is_in_the_language_that_the_browser_asks_for_else_in_english(client, accepted, language):
    assert is_in(home(client, Accept_Language=accepted), language)


@pytest.mark.django_db
def test_a_page_is_english_to_who_says_nothing(client):
    assert is_in(client.get("/"), "en")


@pytest.mark.django_db
@pytest.mark.parametrize("language", SAID)
def test_who_chose_a_language_keeps_it(client, language):
    here = {"Referer": "http://testserver/models?sort=likes"}
    answer = client.post("/language", {"language": language}, headers=here)
    assert (answer.status_code, answer["Location"]) == (302, "/models?sort=likes")
    cookie = answer.cookies["language"]
    assert cookie["max-age"] == 365 * 24 * 3600
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert is_in(home(client, Accept_Language="fr, de;q=0.5"), language)


@pytest.mark.django_db
def test_what_somebody_with_an_account_chose_is_kept_for_mails(world):
    world.client("outsider").post("/language", {"language": "de"})
    world.client("nobody").post("/language", {"language": "zh-hans"})
    chosen = dict(User.objects.values_list("username", "language"))
    assert {name for name, language in chosen.items() if language} == {"otto"}
    otto = User.objects.get(username="otto")
    assert language_of(otto) == language_of(otto, otherwise="zh-hans") == "de"
    anna = User.objects.get(username="anna")
    assert (language_of(anna), language_of(anna, otherwise="de"), language_of(anna, otherwise="xx")) == (
        "en",
        "de",
        "en",
    )


def test_a_language_that_the_hub_does_not_speak_is_not_chosen(client):
    answer = client.post("/language", {"language": "fr"})
    assert answer.status_code == 400
    assert "language" not in answer.cookies
    assert client.get("/language").status_code == 405


@pytest.mark.django_db
def test_a_cookie_with_nonsense_is_passed_over(client):
    client.cookies["language"] = "../../etc"
    assert is_in(home(client, Accept_Language="de"), "de")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "leads"),
    [
        ("https://evil.example", "/"),
        ("https://evil.example//other.example/", "/"),
        ("https://evil.example/\\other.example", "/"),
        ("javascript:x", "/"),
        ("http://[", "/"),
        ("", "/"),
        ("https://hub.example/acme/bert", "/acme/bert"),
    ],
)
def test_choosing_a_language_never_leads_to_another_site(client, said, leads):
    answer = client.post("/language", {"language": "de"}, headers={"Referer": said})
    assert answer["Location"] == leads


@pytest.mark.django_db
def test_choosing_a_language_needs_the_forms_token(client):
    client.handler.enforce_csrf_checks = True
    answer = client.post("/language", {"language": "de"})
    assert answer.status_code == 403
    assert "language" not in answer.cookies


@pytest.mark.django_db
def test_the_foot_of_a_page_offers_each_language_by_its_own_name(client):
    page = home(client, Accept_Language="de").content.decode()
    assert (
        '<button class="link" name="language" value="de" lang="de" aria-current="true">Deutsch</button>'
        in page
    )
    for code, name in {"en": "English", "zh-hans": "简体中文"}.items():
        assert f'<button class="link" name="language" value="{code}" lang="{code}">{name}</button>' in page


@pytest.mark.django_db
def test_caches_keep_a_page_for_each_language_apart(client):
    varied = {name.strip() for name in client.get("/")["Vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= varied


def test_forms_and_what_they_complain_about_are_in_one_language(client, db):
    page = client.post("/accounts/login/", {"login": ""}, headers={"Accept-Language": "de"}).content.decode()
    assert "Passwort" in page
    assert "Dieses Feld ist zwingend erforderlich." in page
    assert "This field is required." not in page


def test_what_a_form_says_of_a_picture_is_in_the_pages_language(world):
    shown = world.client("admin").get("/settings/profile", headers={"Accept-Language": "de"}).content.decode()
    assert "PNG-, JPEG- oder WebP" in shown


def test_what_the_rules_of_names_say_is_in_the_pages_language(client, db):
    client.force_login(make_user())
    data = {"name": "a..b", "full_name": ""}
    page = client.post("/organisations/new", data, headers={"Accept-Language": "de"}).content.decode()
    assert "Ein Name enthält weder „--“ noch „..“." in page


@pytest.mark.parametrize("address", ["/absent", "/acme/bert/absent"])
def test_errors_are_in_the_pages_language(world, address):
    answer = world.client("nobody").get(address, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 404
    assert "这里什么都没有。" in answer.content.decode()


def test_numbers_and_dates_of_a_page_are_written_as_in_its_language(world):
    page = world.client("nobody").get("/acme/bert", headers={"Accept-Language": "de"}).content.decode()
    assert "Größe" in page
    assert "Aktualisiert" in page


@pytest.mark.parametrize("accepted", ["de", "zh-CN", "en"])
def test_programs_are_told_in_english_whatever_they_accept(world, accepted):
    client, headers = world.client("nobody"), {"Accept-Language": accepted}
    missing = client.get("/api/models/acme/absent", headers=headers)
    assert missing.json()["error"].startswith("Repository not found")
    assert missing["X-Error-Message"].startswith("Repository not found")
    assert "Content-Language" not in missing
    assert "Accept-Language" not in missing.get("Vary", "")
    _, secret = make_token(world.users["writer"], role="write")
    body = {"name": "a..b", "organization": "acme"}
    token = headers | {"Authorization": f"Bearer {secret}"}
    refused = client.post("/api/repos/create", body, "application/json", headers=token)
    assert refused.status_code == 400
    assert refused.json()["error"] == "A name does not contain '--' or '..'."


def test_the_numbers_of_the_api_are_numbers_in_every_language(world):
    client = world.client("nobody")
    english = client.get("/api/models/acme/bert")
    german = client.get("/api/models/acme/bert", headers={"Accept-Language": "de"})
    assert german.content == english.content


def test_a_chosen_language_does_not_reach_the_next_visitor(world):
    first = world.client("nobody").get("/", headers={"Accept-Language": "de"})
    assert is_in(first, "de")
    assert is_in(world.client("nobody").get("/"), "en")


def test_a_page_that_is_refused_for_its_number_is_in_the_visitors_language(client, db, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"pages": (0, 0)}
    answer = client.get("/", headers={"Accept-Language": "de"})
    assert answer.status_code == 429
    assert "Das war zu viel auf einmal." in answer.content.decode()


@pytest.mark.parametrize("language", ["de", "zh-hans"])
def test_what_checks_found_is_told_in_the_pages_language(language):
    with translation.override("en"):
        kept = [str(message).replace("%(", "<").replace(")s", ">") for message in KEPT]
        assert [retold(sentence) for sentence in kept] == kept
    with translation.override(language):
        told = [retold(sentence) for sentence in kept]
        assert told == [str(message).replace("%(", "<").replace(")s", ">") for message in KEPT]
        assert not set(told) & set(kept)
        assert retold("says what nobody foresaw") == "says what nobody foresaw"


def test_a_finding_is_told_with_what_it_names():
    with translation.override("de"):
        assert retold("imports os.system: can run commands or reach other code") == (
            "importiert os.system: kann Befehle ausführen oder anderen Code erreichen"
        )


def test_a_finding_is_told_with_its_place_in_brackets():
    with translation.override("de"):
        assert retold("takes data from outside the file (a, b/data.pkl, byte 12)") == (
            f"{retold('takes data from outside the file')} (a, b/data.pkl, {retold('byte 12')})"
        )
        assert retold("takes data from outside the file (model.pkl)").endswith(" (model.pkl)")
        assert retold("says (what nobody) foresaw (byte 12)") == "says (what nobody) foresaw (byte 12)"
