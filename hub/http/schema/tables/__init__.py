"""What each call takes and answers, a table a noun: "module.View.method" → Operation."""

from hub.http.schema.operation import Operation
from hub.http.schema.tables import (
    commits,
    discussions,
    gates,
    identity,
    lfs,
    licences,
    repositories,
    revisions,
    social,
    transparency,
    webhooks,
    xet,
)

OPERATIONS: dict[str, Operation] = {
    **identity.TABLE,
    **repositories.TABLE,
    **revisions.TABLE,
    **commits.TABLE,
    **gates.TABLE,
    **licences.TABLE,
    **lfs.TABLE,
    **xet.TABLE,
    **social.TABLE,
    **discussions.TABLE,
    **webhooks.TABLE,
    **transparency.TABLE,
}
