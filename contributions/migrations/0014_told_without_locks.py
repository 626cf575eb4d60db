from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contributions", "0013_notices_and_claims")]

    operations = [
        migrations.AddField(model_name=name, name="telling_until", field=models.DateTimeField(null=True))
        for name in ("appeal", "decision", "flag", "message")
    ]
