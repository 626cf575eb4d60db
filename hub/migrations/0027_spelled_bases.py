"""A base is told as it was spelled, and an answered finding that comes back has its answer again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0026_withheld_trees")]

    operations = [
        migrations.AddField(
            "licenceedge", "spelled", models.CharField(default="", max_length=200), preserve_default=False
        ),
        migrations.RunSQL("UPDATE hub_licenceedge SET spelled = name", migrations.RunSQL.noop),
        migrations.AddField(
            "licencefinding",
            "answered",
            models.CharField(
                blank=True,
                choices=[
                    ("open", "Open"),
                    ("disputed", "Disputed"),
                    ("waived", "Waived"),
                    ("resolved", "Resolved"),
                ],
                default="",
                max_length=10,
            ),
        ),
    ]
