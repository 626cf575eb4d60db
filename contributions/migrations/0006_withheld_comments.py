"""Comments that a moderator's decision withholds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0005_attachments"),
    ]

    operations = [
        migrations.AddField(
            model_name="discussionevent",
            name="withheld_at",
            field=models.DateTimeField(null=True),
        ),
    ]
