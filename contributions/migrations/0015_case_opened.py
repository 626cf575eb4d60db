from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contributions", "0014_told_without_locks")]

    operations = [
        migrations.AddIndex(model_name="case", index=models.Index(fields=["created_at"], name="case_opened")),
        migrations.AddIndex(model_name="flag", index=models.Index(fields=["created_at"], name="flag_raised")),
        migrations.AddIndex(
            model_name="decision", index=models.Index(fields=["created_at"], name="decision_made")
        ),
    ]
