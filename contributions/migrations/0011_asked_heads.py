from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0010_appeal_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="heads",
            field=models.JSONField(default=dict),
        ),
    ]
