from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0003_chunks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Leftover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                ("multipart_id", models.CharField(blank=True, max_length=300)),
                ("due_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="blob",
            name="pulled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(
                condition=models.Q(("reconstruction__isnull", False), models.Q(("key", ""), _negated=True)),
                fields=["pulled_at"],
                name="blob_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="leftover",
            index=models.Index(fields=["due_at"], name="leftover_due"),
        ),
    ]
