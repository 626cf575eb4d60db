"""Who brought a file to a repository is kept with it; of those that are there already the log tells."""

from django.conf import settings
from django.db import migrations, models

LANDED = """
UPDATE hub_repositoryblob AS held SET brought_by_id = landed.actor_id
FROM (
    SELECT DISTINCT ON (subject, data->>'commit') subject, data->>'commit' AS commit, actor_id
    FROM accounts_auditevent WHERE event = 'commit.landed' ORDER BY subject, data->>'commit', id
) AS landed
WHERE held.commit <> '' AND landed.subject = 'repository:' || held.repository_id
    AND landed.commit = held.commit
"""


class Migration(migrations.Migration):
    dependencies = [
        ("hub", "0032_changes_asked"),
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "repositoryblob",
            "brought_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                models.DO_NOTHING,
                null=True,
                related_name="+",
                db_constraint=False,
                db_index=False,
            ),
        ),
        migrations.AddIndex(
            "repositoryblob",
            models.Index(
                fields=["brought_by"],
                name="repository_blob_brought",
                condition=models.Q(brought_by__isnull=False),
            ),
        ),
        migrations.RunSQL(LANDED, migrations.RunSQL.noop),
    ]
