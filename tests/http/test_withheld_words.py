"""What a withheld file said of its repository is told nowhere once the workers have followed.

Words of a card, a configuration, a chat template and a licence's text go into lists, search, facts, terms and
feeds; each is bait here, seen by everybody before and by nobody but writers and moderators after.
"""

import json
from contextlib import contextmanager

import pytest
from celery import current_app

from hub.revisions.operations import AddInline
from storage.models import Blob
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.moderation import decide_case, make_blob_case
from tests.factories.repositories import commit, make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db

BAIT = "donotserve7f3a"
CARD = f"---\nlicense: mit\ntags:\n- {BAIT}\npipeline_tag: text-generation\n---\n# Card\n\nAbout {BAIT}.\n"
CONFIG = {"model_type": BAIT, "architectures": [f"{BAIT}ForCausalLM"]}
TOKENIZER = {"chat_template": "{{ " + BAIT + " }}", "eos_token": f"<{BAIT}>"}
MIT = """MIT License

Copyright (c) 2026 Ada

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, but never for
{bait}, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR
THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
FILES = {
    "README.md": CARD.encode(),
    "config.json": json.dumps(CONFIG).encode(),
    "tokenizer_config.json": json.dumps(TOKENIZER).encode(),
    "LICENSE": MIT.format(bait=BAIT).encode(),
}
# Where it is told, by what tells it.
PAGES = {
    "/models": "the list",
    f"/models?search={BAIT}": "search",
    "/models?other=" + BAIT: "a tag",
    "/ada": "the profile",
    "/ada/bait": "the card",
    "/ada/bait/licence": "the terms",
    "/ada/bait/licence/differences/LICENSE?licence=mit": "the licence's text",
    "/ada/bait/tree/main": "the tree",
    "/ada/bait/feed.atom": "the repository's feed",
    "/ada/feed.atom": "the profile's feed",
}
CALLS = {
    "/api/models?full=true&cardData=true&config=true": "the list",
    f"/api/models?search={BAIT}": "search",
    f"/api/models?filter={BAIT}": "a tag",
    "/api/models/ada/bait": "what is known of it",
    "/api/models/ada/bait?expand=cardData&expand=config&expand=tags": "what is asked for",
    "/api/models/ada/bait/revision/main": "a revision",
    "/api/models/ada/bait/licence": "its licence",
    "/api/models-tags-by-type": "tags",
}
# What shows the words before; the others never had them, and must not get them.
TOLD_ON_PAGES = {
    "/models",
    f"/models?search={BAIT}",
    "/ada",
    "/ada/bait",
    "/ada/bait/licence/differences/LICENSE?licence=mit",
}
TOLD_IN_CALLS = {
    *("/api/models?full=true&cardData=true&config=true", "/api/models/ada/bait"),
    *("/api/models/ada/bait?expand=cardData&expand=config&expand=tags", "/api/models/ada/bait/revision/main"),
}


@pytest.fixture
def workers(monkeypatch, django_capture_on_commit_callbacks):
    """What is queued while something is done is done right after it."""
    monkeypatch.setattr(current_app.conf, "task_always_eager", True)

    @contextmanager
    def follow():
        with django_capture_on_commit_callbacks(execute=True):
            yield

    return follow


def said_by(answer) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode()


def told(client: RawPathClient, api: Api) -> set[str]:
    """The addresses that tell the words; that one asks for them by an address is no telling."""
    answers = {address: client.get(address) for address in PAGES}
    answers |= {address: api.get(address) for address in CALLS}
    assert not [address for address, answer in answers.items() if answer.status_code >= 500]
    echoed = (f"search={BAIT}", f"other={BAIT}", f"filter={BAIT}", f'value="{BAIT}"')
    found = set()
    for address, answer in answers.items():
        text = said_by(answer)
        for echo in echoed:
            text = text.replace(echo, "")
        if BAIT in text:
            found.add(address)
    return found


def test_what_a_withheld_file_said_is_told_nowhere(workers):
    ada = make_user("ada")
    with workers():
        repository = make_repository(ada, name="bait")
    with workers():
        commit(repository, ada, [AddInline(path, data) for path, data in FILES.items()])
    Blob.objects.update(scan_state="safe")
    nobody = (RawPathClient(), Api(None))
    assert told(*nobody) >= TOLD_ON_PAGES | TOLD_IN_CALLS
    cases = []
    for blob in Blob.objects.filter(data__in=FILES.values()):
        with workers():
            cases.append(make_blob_case(blob.pk))
    assert set(Blob.objects.filter(data__in=FILES.values()).values_list("state", flat=True)) == {
        "quarantined"
    }
    assert told(*nobody) == set()
    for case in cases:
        with workers():
            decide_case(case, "override")
    assert told(*nobody) >= TOLD_ON_PAGES | TOLD_IN_CALLS
