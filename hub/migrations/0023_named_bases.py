from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0022_taken_down_alone")]

    operations = [
        migrations.AddField("facts", "bases", models.JSONField(default=list)),
    ]
