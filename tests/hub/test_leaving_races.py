"""Somebody leaves while they still say something elsewhere."""

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from contributions.discussions import services
from contributions.discussions.models import DiscussionEvent
from hub.personal.services import delete_account
from tests.factories.accounts import make_user
from tests.factories.discussions import make_discussion, session
from tests.factories.repositories import make_repository
from tests.racing import failures, race


@pytest.mark.django_db(transaction=True)
def test_what_somebody_says_while_they_leave_does_not_keep_their_account():
    guest = make_user("otto")
    ada = make_user("ada")
    thread = make_discussion(make_repository(ada), ada)
    said = []

    def say() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '300ms'")
            services.comment(discussion=thread, actor=session(guest), text="One more thing")

    def wrapper(execute, sql, params, many, context):
        if sql.startswith('DELETE FROM "accounts_user"') and not said:
            said.extend(race([say]))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        delete_account(user=guest)
    # It waited for the account's end, and would have been refused then.
    assert failures(said) == [OperationalError]
    assert not User.objects.filter(username="otto").exists()
    assert [event.author for event in DiscussionEvent.objects.filter(discussion=thread)] == [ada]
