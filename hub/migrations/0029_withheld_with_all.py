"""What a whole repository had that was deleted before it was taken down is withheld where it is made anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hub", "0028_withheld_files")]

    operations = [
        migrations.AddField(
            "withheldrevision", "whole", models.BooleanField(db_default=False, default=False)
        ),
        migrations.RemoveConstraint("withheldrevision", "withheld_revision_once"),
        migrations.AddConstraint(
            "withheldrevision",
            models.UniqueConstraint(fields=("origin", "oid", "whole"), name="withheld_revision_once"),
        ),
    ]
