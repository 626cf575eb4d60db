"""The hub's settings with quicker passwords; the stores are real ones (tests/services.py)."""

from hub.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Every test client has middleware of its own, which need not list all static files; the running hub does.
WHITENOISE_AUTOREFRESH = True
