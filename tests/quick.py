"""The settings of the running hub that tests share: those of a hub, with quicker passwords.

Some hundred people join it and log in; what a password costs is not what their tests are about. The hubs of
tests/management are started with the hub's own settings.
"""

from hub.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
