from django.db import migrations


class Migration(migrations.Migration):
    """Cases are about more than files and repositories: their tables are made anew by the next one."""

    dependencies = [("contributions", "0006_withheld_comments")]

    operations = [
        migrations.DeleteModel(name="Report"),
        migrations.DeleteModel(name="Decision"),
        migrations.DeleteModel(name="Case"),
    ]
