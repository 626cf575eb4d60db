"""The languages that cards may name: ISO 639 codes, with a script or region behind a hyphen."""

import re

from django.conf.locale import LANG_INFO

# ISO 639-1. Of three-letter codes (ISO 639-3) there are thousands: any three letters may be one.
_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz
ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik
io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml
mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd
se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve
vi vo wa wo xh yi yo za zh zu
"""
TWO_LETTERS = frozenset(_ISO_639_1.split())
WORDS = frozenset({"multilingual", "code"})
_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")
_BY_NAME = {
    name.lower(): code
    for code, info in LANG_INFO.items()
    if len(code) == 2
    for name in (info.get("name"), info.get("name_local"))
    if name
}


def is_language(written: str) -> bool:
    """Whether a card's word is a language's code, or one of the two words that stand beside them."""
    if written in WORDS:
        return True
    found = _CODE.fullmatch(written)
    return bool(found) and (len(found[1]) == 3 or found[1].lower() in TWO_LETTERS)


def code_of(name: str) -> str | None:
    """The code of a language by its name in English or in itself."""
    return _BY_NAME.get(name.strip().lower())


def codes_and_names() -> list[tuple[str, str]]:
    """The two-letter codes with the languages' English names, where these are known; by code."""
    return sorted((code, LANG_INFO.get(code, {}).get("name", "")) for code in TWO_LETTERS)
