"""A withheld repository may be changed while moderators ask its people for changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0028_withheld_files")]

    operations = [
        migrations.AddField("repository", "changes_asked_until", models.DateTimeField(null=True)),
    ]
