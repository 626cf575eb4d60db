"""A withheld repository may be changed while moderators ask its people for changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0031_texts_by_oid")]

    operations = [
        migrations.AddField("repository", "changes_asked_until", models.DateTimeField(null=True)),
    ]
