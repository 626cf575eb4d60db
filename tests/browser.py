"""The system's Chromium, as tests and screenshots start it."""

import shutil

CHROMIUM = shutil.which("chromium")
# Nothing else in the browser speaks to the network, and it runs as root in a container as well.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
