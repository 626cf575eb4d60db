"""What is asked of the stores before anything is served."""

import uuid
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from hub.management.stores import check_writes
from storage import s3
from storage.keys import staging_key


def test_the_embedded_store_writes_once_and_nothing_is_left():
    key = staging_key(uuid.uuid4())
    assert s3.writes_once(key)
    assert s3.size_of(key) is None


@pytest.mark.django_db(transaction=True)
def test_a_store_that_writes_over_objects_is_not_taken_for_one_that_does_not(settings):
    settings.S3_CONDITIONAL_WRITES = True
    with mock.patch.object(s3, "writes_once", return_value=False):
        with pytest.raises(CommandError, match="S3_CONDITIONAL_WRITES=0"):
            call_command("prepare")
        settings.S3_CONDITIONAL_WRITES = False
        check_writes()


def test_a_store_that_does_not_know_the_condition_is_seen(monkeypatch: pytest.MonkeyPatch):
    key = staging_key(uuid.uuid4())
    real = s3.client().put_object

    def forgetful(**arguments: object) -> object:
        arguments.pop("IfNoneMatch")
        return real(**arguments)

    monkeypatch.setattr(s3.client(), "put_object", forgetful)
    assert not s3.writes_once(key)
    assert s3.size_of(key) is None
