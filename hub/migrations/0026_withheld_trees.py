"""A withheld commit is withheld by its files, and stays so when its repository is made anew."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
UPDATE hub_withheldrevision AS withheld
SET origin = repository.id,
    address = lower(repository.kind || ':' || namespace.name || '/' || repository.name),
    tree = coalesce((SELECT tree FROM storage_commit WHERE storage_commit.oid = withheld.oid), '')
FROM hub_repository AS repository JOIN accounts_namespace AS namespace
    ON namespace.id = repository.namespace_id
WHERE repository.id = withheld.repository_id
"""
FORGET = """
DELETE FROM hub_withheldrevision AS withheld
WHERE repository_id IS DISTINCT FROM origin
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0025_licence_standings")]

    operations = [
        migrations.AddField(
            "withheldrevision", "origin", models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "withheldrevision",
            "address",
            models.CharField(default="", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            "withheldrevision",
            "tree",
            models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("withheldrevision", "withheld_revision_once"),
        migrations.AlterField(
            "withheldrevision",
            "repository",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="hub.repository",
            ),
        ),
        migrations.RunSQL(FILL, FORGET),
        migrations.AddConstraint(
            "withheldrevision",
            models.UniqueConstraint(fields=("origin", "oid"), name="withheld_revision_once"),
        ),
        migrations.AddIndex(
            "withheldrevision",
            models.Index(
                condition=models.Q(("repository__isnull", True)),
                fields=["address"],
                name="withheld_of_nobody",
            ),
        ),
    ]
