"""Django's PostgreSQL, but for how a kept connection is known to be alive. Django finds it by its name."""

import select

from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL
from psycopg.pq import ConnStatus


class DatabaseWrapper(PostgreSQL):
    """Looks at the socket instead of asking `SELECT 1`, which would cost every request a round trip.

    A server that ended, or ended this connection, has closed the socket, so that there is something to read.
    """

    def is_usable(self) -> bool:
        """Whether the connection is idle, and nothing arrived on it that nobody asked for."""
        if self.connection is None or self.connection.pgconn.status != ConnStatus.OK:
            return False
        poll = select.poll()
        poll.register(self.connection.pgconn.socket, select.POLLIN)
        return not poll.poll(0)
