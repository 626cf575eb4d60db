from django.db import migrations, models

# What was computed of the heads already.
FILL = """
UPDATE hub_repository r SET size = f.size FROM hub_facts f
WHERE f.repository_id = r.id AND f.commit = r.head
"""


class Migration(migrations.Migration):
    dependencies = [("hub", "0012_scan_policy")]

    operations = [
        migrations.AddField("repository", "size", models.BigIntegerField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "repository",
            models.Index(
                fields=["kind", "size", "-id"],
                condition=models.Q(size__isnull=False),
                name="repository_size",
            ),
        ),
    ]
