"""Which files only withheld commits have: those that came with one, until a commit lands that has them."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO hub_withheldfile (repository_id, sha256)
SELECT DISTINCT held.repository_id, held.sha256
FROM hub_withheldrevision AS withheld
JOIN hub_repositoryblob AS held USING (repository_id)
JOIN storage_commit AS came ON came.oid = held.commit
WHERE came.oid = withheld.oid OR came.tree = withheld.tree
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0027_spelled_bases")]

    operations = [
        migrations.CreateModel(
            "WithheldFile",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                (
                    "repository",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="hub.repository",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "withheldfile",
            models.UniqueConstraint(fields=("repository", "sha256"), name="withheld_file_once"),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
