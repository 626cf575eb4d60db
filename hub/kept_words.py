"""What checks found, which is kept in English, told in the reader's language.

A finding was written when the file was scanned, for programs and for people. Here stand the sentences that
people meet most; any other is shown as it was written.
"""

import re
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

KEPT = (
    # Places in a file.
    _("byte %(number)s"),
    _("bytes at %(number)s"),
    _("line %(number)s"),
    # Pickles, and the programs in other formats.
    _("imports %(name)s: can run commands or reach other code"),
    _("imports %(name)s: not on the list of names known to be harmless"),
    _("imports %(name)s, which picklescan knows as dangerous"),
    _("imports %(name)s from %(module)s, which is not part of Keras"),
    _("imports something whose name is computed"),
    _("imports a name too long to be one"),
    _("imports by a number of the extension registry"),
    _("takes data from outside the file"),
    _("asks its loader for an object by an id"),
    _("hands on getattr, which reaches any attribute"),
    _("calls something that it computed"),
    _("takes an attribute that is computed"),
    _("loads a pickle that is computed"),
    _("duplicates a value, which no pickler writes"),
    _("has a pickle where numbers should be"),
    _("has data after its end that is no pickle"),
    _("has data after its end"),
    _("has a layer %(name)s, which runs code that comes with the file"),
    _("names the module %(name)s, which can run commands"),
    _("has the operation %(name)s, which runs Python"),
    _("has the operator %(name)s, which runs Python"),
    _("A pickle that was read to its end"),
    _("An empty file"),
    _("This is text: loading it unpickles nothing"),
    _("This is a safetensors file: loading it unpickles nothing"),
    _("This is a GGUF file: loading it unpickles nothing"),
    _("This is an HDF5 file: loading it unpickles nothing"),
    _("This is a PNG image: loading it unpickles nothing"),
    _("This is a JPEG image: loading it unpickles nothing"),
    _("This is a Parquet table: loading it unpickles nothing"),
    _("This is an array without objects: loading it unpickles nothing"),
    _("The format was not recognised, so this file was not scanned"),
    # Archives.
    _("is encrypted and could not be scanned"),
    _("is a link to %(target)s"),
    _("has a name that leaves the archive's folder"),
    _("Two members have the same name"),
    _("Two members share the same bytes"),
    _("Other bytes stand before the archive"),
    _("Other bytes stand after the archive"),
    _("The archive cannot be read: %(problem)s"),
    _("is packed too many times over to be scanned"),
    _("could not be read to its end: %(problem)s"),
    _("could not be scanned to its end: %(problem)s"),
    _("is known to ClamAV as %(name)s"),
    # A case that has no finding.
    _("A file was withheld without a finding"),
    # The audit log.
    _("Link %(number)s of the chain was removed."),
    _("Event %(event)s (link %(link)s) was removed."),
    _("Event %(event)s (link %(link)s), or its link, was changed."),
    _("Event %(event)s was put in later: it has no link."),
    _("The chain has no link %(head)s: it was made anew, or its end was removed."),
    # Cards.
    _("The front matter starts with --- but has no line --- at its end."),
    _("The front matter must be a mapping of names to values."),
    _("The front matter is larger than %(size)s."),
    _("The front matter is not valid YAML (line %(line)s): %(problem)s"),
    _("The front matter is not valid YAML: %(problem)s"),
    _("The front matter uses YAML aliases (*name), which a card may not."),
    _("The front matter uses the YAML tag %(tag)s, which a card may not: take it out."),
    _("The front matter says %(tag)s before “%(word)s”, which is no such value."),
    _("The front matter is nested deeper than %(most)s levels."),
    _('"%(name)s" must be text.'),
    _('"%(name)s" must be text or a list of texts.'),
    _("The front matter is written in braces: write each name on a line of its own."),
    _('The front matter names "%(name)s" twice: take one of them out.'),
    _("The form cannot take an item out of a list that is written like this."),
    _("The form cannot remove a name that is written like this."),
    _('The form cannot change "%(name)s" as it is written here: change the text.'),
)


def retold(sentence: str) -> str:
    """The sentence, and a place in brackets after it, in the language of the page if it is known here."""
    if get_language() == settings.LANGUAGE_CODE:
        return sentence
    message, bracket, where = sentence.removesuffix(")").rpartition(" (")
    told = _told(message) if bracket and sentence.endswith(")") else None
    if told is not None:
        member, comma, place = where.rpartition(", ")
        return f"{told} ({member}{comma}{_told(place) or place})"
    return _told(sentence) or sentence


def _told(sentence: str) -> str | None:
    for message, pattern in _patterns():
        if said := pattern.fullmatch(sentence):
            return str(message) % said.groupdict()
    return None


@cache
def _patterns() -> list[tuple[Promise, re.Pattern[str]]]:
    with override(settings.LANGUAGE_CODE):
        return [(message, _pattern(str(message))) for message in KEPT]


def _pattern(message: str) -> re.Pattern[str]:
    """What the sentence looks like with anything in its places."""
    parts = re.split(r"%\((\w+)\)s", message)
    spelled = [f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)]
    return re.compile("".join(spelled), re.DOTALL)
