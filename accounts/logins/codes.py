"""How a device's codes look and what a program that asks is called (RFC 8628). Pure."""

import re
import secrets

# Consonants only: no two look alike, and no word comes out (RFC 8628, 6.1). 20 ** 8 codes.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
# The id that huggingface_hub sends unless its user sets another one.
HF_CLIENT = "26be6b09-91c5-47da-9861-d2d2bb7a7e36"


def make_user_code() -> str:
    """Eight letters that somebody types into a page."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def shown(user_code: str) -> str:
    """A user code in two halves: "BCDF-GHJK"."""
    return f"{user_code[: LENGTH // 2]}-{user_code[LENGTH // 2 :]}"


def typed(text: str) -> str:
    """The user code in what somebody typed, whatever its letter case and separators; "" when it has none."""
    letters = re.sub(r"[\s_.-]", "", text[:40]).upper()
    return letters if re.fullmatch(f"[{LETTERS}]{{{LENGTH}}}", letters) else ""


def program(client_id: str) -> str:
    """What a program is called on the pages: "hf" for the Hugging Face client, else the name it gave."""
    return "hf" if client_id == HF_CLIENT else client_id[:40]
