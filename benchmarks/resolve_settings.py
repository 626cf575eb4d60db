"""The hub's settings, and its addresses with a bare view beside them (benchmarks/resolve.py)."""

from hub.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.resolve_urls"
