"""Since when a decision holds again, where what it is about was deleted and made anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contributions", "0018_appeals_due")]

    operations = [
        migrations.AddField("decision", "again_at", models.DateTimeField(null=True)),
    ]
