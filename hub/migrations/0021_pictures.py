from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0020_withheld_revisions")]

    operations = [
        migrations.AddField("facts", "pictures", models.JSONField(default=dict)),
    ]
