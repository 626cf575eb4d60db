from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0005_upload_sha256"),
    ]

    operations = [
        migrations.AddField(
            model_name="blob",
            name="scan_state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("unscanned", "Unscanned"),
                    ("safe", "Safe"),
                    ("suspicious", "Suspicious"),
                    ("error", "Error"),
                    ("dangerous", "Dangerous"),
                ],
                db_default="queued",
                default="queued",
                max_length=10,
            ),
        ),
    ]
