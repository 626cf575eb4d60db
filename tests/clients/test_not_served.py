"""What this hub does not serve: the real client raises its own exceptions, and never a riddle."""

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    BucketNotFoundError,
    HfHubHTTPError,
    JobNotFoundError,
    RepositoryNotFoundError,
)

pytestmark = pytest.mark.xdist_group("hub")

CALLS = {
    "space_info": (lambda api: api.space_info("ada/demo"), RepositoryNotFoundError),
    "list_spaces": (lambda api: list(api.list_spaces()), HfHubHTTPError),
    "space files": (lambda api: api.list_repo_files("ada/demo", repo_type="space"), RepositoryNotFoundError),
    "space runtime": (lambda api: api.get_space_runtime("ada/demo"), RepositoryNotFoundError),
    "space snapshot": (
        lambda api: api.snapshot_download("ada/demo", repo_type="space"),
        RepositoryNotFoundError,
    ),
    "new space": (
        lambda api: api.create_repo("demo", repo_type="space", space_sdk="static"),
        RepositoryNotFoundError,
    ),
    "papers": (lambda api: list(api.list_papers(query="x")), HfHubHTTPError),
    "paper": (lambda api: api.paper_info("2307.09288"), HfHubHTTPError),
    "bucket": (lambda api: api.bucket_info("ada/pail"), BucketNotFoundError),
    "job": (lambda api: api.inspect_job(job_id="1", namespace="ada"), JobNotFoundError),
    "jobs": (lambda api: list(api.list_jobs(namespace="ada")), HfHubHTTPError),
    "kernel": (lambda api: api.kernel_info("ada/fast"), RepositoryNotFoundError),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_not_served_raises_the_clients_own_exception(publisher, call):
    ask, expected = CALLS[call]
    api: HfApi = publisher.api
    with pytest.raises(expected) as raised:
        ask(api)
    assert raised.value.response.status_code == 404
    assert raised.value.response.headers["X-Error-Code"]
    assert raised.value.response.headers["X-Request-Id"]
