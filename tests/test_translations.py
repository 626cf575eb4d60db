"""Every word of the pages can be translated, and is."""

import re

import polib
import pytest
from django.conf import settings
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import to_locale

from tests import bare_words, catalogues
from tests.catalogues import Message

WEB = catalogues.ROOT / "hub/http"


@pytest.fixture(scope="module")
def messages() -> dict[catalogues.Key, Message]:
    """Everything that the sources want translated."""
    return catalogues.messages()


def test_every_language_but_english_has_a_catalogue():
    others = {to_locale(code) for code, _name in settings.LANGUAGES} - {"en"}
    assert others == set(catalogues.PLURALS)


@pytest.mark.parametrize("folder", catalogues.PLURALS)
def test_no_string_is_missing(messages, folder):
    """`python -m tests.catalogues` adds the new ones, empty, and drops those that are gone."""
    assert catalogues.problems(folder, catalogues.catalogue(folder), messages) == []


@pytest.mark.parametrize("folder", catalogues.PLURALS)
def test_what_is_compiled_is_what_the_catalogue_says(folder):
    compiled = catalogues.po_path(folder).with_suffix(".mo").read_bytes()
    assert compiled == catalogues.catalogue(folder).to_binary()


@pytest.mark.parametrize("folder", catalogues.PLURALS)
def test_a_catalogue_begins_with_its_glossary(folder):
    assert "Glossary" in catalogues.catalogue(folder).header


@pytest.mark.parametrize("path", list(catalogues.templates()), ids=lambda path: path.stem)
def test_a_template_has_no_words_outside_its_tags_for_translation(path):
    assert bare_words.in_template(path.read_text()) == []


@pytest.mark.parametrize("path", sorted((WEB / "web").rglob("*.py")), ids=lambda path: path.stem)
def test_a_page_says_nothing_that_cannot_be_translated(path):
    assert bare_words.in_module(path) == []


@pytest.mark.parametrize("path", sorted((WEB / "web/static/web/js").glob("*.js")), ids=lambda path: path.stem)
def test_a_script_has_no_words_of_its_own(path):
    assert bare_words.in_script(path.read_text()) == []


def test_german_says_sie():
    """As its glossary has it; no list has every imperative, and these are those that were forgotten."""
    forgotten = "Schreibe|Sage|Lies|Lade|Warte|Schließe|Bringe|Bearbeite|Übernimm"
    familiar = re.compile(rf"\b(?i:du|dich|dir|dein(?:e[mnrs]?)?)\b|\b(?:{forgotten}) ")
    said = [text for row in catalogues.catalogue("de") for text in (row.msgstr, *row.msgstr_plural.values())]
    assert [text for text in said if familiar.search(text)] == []


def test_chinese_says_ni_and_calls_moderators_by_one_word():
    """As its glossary has it: an admin of an organisation is somebody else."""
    rows = catalogues.catalogue("zh_Hans")
    said = [(row.msgid, text) for row in rows for text in (row.msgstr, *row.msgstr_plural.values())]
    assert [text for _, text in said if re.search("您|版主", text)] == []
    assert [text for words, text in said if "oderator" in words and "管理员" in text] == []


def entry(text: str, translated: str, **more: object) -> polib.POEntry:
    return polib.POEntry(msgid=text, msgstr=translated, **more)


def plural(*forms: str) -> polib.POEntry:
    return polib.POEntry(
        msgid="%(count)s file", msgid_plural="%(count)s files", msgstr_plural=dict(enumerate(forms))
    )


def said(entry: polib.POEntry, folder: str = "de") -> str:
    catalogue = polib.POFile()
    catalogue.append(entry)
    wanted = {(None, entry.msgid): Message(None, entry.msgid, entry.msgid_plural or None, ["page.html"])}
    return "".join(catalogues.problems(folder, catalogue, wanted))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (entry("Save", ""), "empty"),
        (entry("Save", "Speichern", flags=["fuzzy"]), "fuzzy"),
        (entry("%(name)s was deleted.", "%(names)s wurde gelöscht."), "other placeholders"),
        (entry("%d of {size}", "%d von size"), "other placeholders"),
        (entry("<b>Save</b> it", "Es speichern"), "other placeholders"),
        (entry("Save\n", "Speichern"), "other line ends"),
        (plural("%(count)s Dateien"), "1 plural forms, not 2"),
        (plural("eine Datei", "Dateien"), "other placeholders"),
    ],
)
def test_a_wrong_translation_is_found(wrong, words):
    assert words in said(wrong)


def test_right_translations_pass():
    assert said(entry("%(name)s was deleted.", "%(name)s wurde gelöscht.")) == ""
    assert said(plural("%(count)s Datei", "%(count)s Dateien")) == ""
    assert said(plural("%(count)s 个文件"), "zh_Hans") == ""


def test_a_missing_message_and_one_that_nobody_says_any_more_are_found():
    wanted = {(None, "Save"): Message(None, "Save", None, ["page.html"])}
    assert catalogues.problems("de", polib.POFile(), wanted) == ["missing: 'Save' (page.html)"]
    old = polib.POFile()
    old.append(entry("Store", "Ablegen"))
    assert catalogues.problems("de", old, {}) == ["no longer in the sources: 'Store'"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Save</p>", ["Save"]),
        ('<button aria-label="Close it">×</button>', ["Close it"]),
        ('<p data-done="It is done">{% translate "Wait" %}</p>', ["It is done"]),
        ("<p>{% translate 'Save' %} {{ name }} · 3 %</p>", []),
        ("{% blocktranslate %}Save it{% endblocktranslate %}<code>git pull</code> <b>sha256</b>", []),
        (
            '<a class="button plain" data-begin="/begin" href="/models">{% comment %}no{% endcomment %}</a>',
            [],
        ),
    ],
)
def test_bare_words_of_a_template_are_found(template, words):
    assert bare_words.in_template(template) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('raise InvalidInput("The name is wrong.", "name")', ["'The name is wrong.'"]),
        ('messages.success(request, f"{name} was saved")', ["f'{name} was saved'"]),
        ('forms.CharField(label="Full name")', ["'Full name'"]),
        ('forms.CharField(label=_("Full name"))', []),
        ('raise InvalidInput(_("The name is wrong."), "name")', []),
    ],
)
def test_bare_words_of_a_module_are_found(tmp_path, code, words):
    (tmp_path / "module.py").write_text(code)
    assert bare_words.in_module(tmp_path / "module.py") == words


def test_sentences_of_a_script_are_found():
    assert bare_words.in_script('say("Nothing was sent"); // as it "was not there"') == ['"Nothing was sent"']
    assert bare_words.in_script('row.className = "plain small"; say(words.sent);') == []


def test_names_of_functions_are_followed_in_modules(tmp_path):
    (tmp_path / "module.py").write_text(
        "from django.utils.translation import ngettext as many, pgettext_lazy\n"
        "many('%d file', '%d files', 2)\npgettext_lazy('verb', 'Release')\n"
    )
    found = [(one.context, one.text, one.plural) for one in catalogues.in_python(tmp_path / "module.py")]
    assert found == [(None, "%d file", "%d files"), ("verb", "Release", None)]


def test_what_is_only_known_at_run_time_cannot_be_translated(tmp_path):
    (tmp_path / "module.py").write_text(
        "from django.utils.translation import gettext as _\n_(f'Hello {name}')\n"
    )
    with pytest.raises(catalogues.NotConstant, match="module.py:2"):
        list(catalogues.in_python(tmp_path / "module.py"))


@pytest.mark.parametrize("folder", catalogues.PLURALS)
def test_no_message_is_the_name_of_a_month_or_a_day(folder):
    """Django writes dates with its own, and a message of the same words would take their place."""
    names = {str(name) for table in (MONTHS, MONTHS_3, WEEKDAYS, WEEKDAYS_ABBR) for name in table.values()}
    said = {row.msgid for row in catalogues.catalogue(folder) if not row.msgctxt}
    assert said & names == set()
