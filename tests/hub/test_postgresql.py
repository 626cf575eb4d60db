"""A connection that the server ended is known at once; one that is alive costs no query to know."""

import pytest
from django.db import connection

from hub.embedded.process import wait_for


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_not_used_again(django_assert_num_queries):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [ended] = cursor.fetchone()
    with django_assert_num_queries(0):
        assert connection.is_usable()
    with connection.copy().temporary_connection() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended])
    assert wait_for(lambda: not connection.is_usable(), seconds=10)
    connection.health_check_enabled = True
    connection.health_check_done = False
    connection.close_if_health_check_failed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (ended,)
