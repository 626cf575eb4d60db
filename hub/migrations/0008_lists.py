import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_device_logins"),
        ("hub", "0007_social"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TagCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("model", "Model"), ("dataset", "Dataset")], max_length=10),
                ),
                ("type", models.CharField(max_length=30)),
                ("tag", models.CharField(max_length=200)),
                ("repositories", models.IntegerField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="repository",
            name="repository_created",
        ),
        migrations.RemoveIndex(
            model_name="repository",
            name="repository_downloads",
        ),
        migrations.RenameIndex(
            model_name="repository",
            new_name="repository_changed",
            old_name="repository_updated",
        ),
        migrations.AddField(
            model_name="repository",
            name="tag_words",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="repository",
            name="name_search",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "name_words",
                    arg_joiner=" || ' ' || ",
                    template="array_to_tsvector(array_remove(string_to_array(%(expressions)s, ' '), ''))",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddField(
            model_name="repository",
            name="trending",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="repository",
            name="label_search",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "name_words",
                    "tag_words",
                    arg_joiner=" || ' ' || ",
                    template="array_to_tsvector(array_remove(string_to_array(%(expressions)s, ' '), ''))",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.RemoveIndex(model_name="repository", name="repository_search"),
        migrations.RemoveField(model_name="repository", name="search"),
        migrations.AddField(
            model_name="repository",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "name_words",
                    "tag_words",
                    "card_words",
                    arg_joiner=" || ' ' || ",
                    template="array_to_tsvector(array_remove(string_to_array(%(expressions)s, ' '), ''))",
                ),
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="repository_search"),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["label_search"], name="repository_label_search"
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name_search"], name="repository_name_search"
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("taken_down_at", None), ("visibility", "public")),
                fields=["kind", "-updated_at", "-id"],
                name="repository_updated",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("taken_down_at", None), ("visibility", "public")),
                fields=["kind", "-created_at", "-id"],
                name="repository_created",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("taken_down_at", None), ("visibility", "public")),
                fields=["kind", "-downloads", "-id"],
                name="repository_downloads",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("taken_down_at", None), ("visibility", "public")),
                fields=["kind", "-likes", "-id"],
                name="repository_likes",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("taken_down_at", None), ("visibility", "public")),
                fields=["kind", "-trending", "-id"],
                name="repository_trending",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("gated", ""), _negated=True),
                fields=["kind", "gated"],
                name="repository_gated",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                condition=models.Q(("taken_down_at", None), ("visibility", "public"), _negated=True),
                fields=["namespace", "kind"],
                name="repository_hidden",
            ),
        ),
        migrations.AddIndex(
            model_name="repository",
            index=models.Index(
                models.F("kind"),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("name"), "text_pattern_ops"
                ),
                condition=models.Q(("taken_down_at", None), ("visibility", "public")),
                name="repository_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="tagcount",
            constraint=models.UniqueConstraint(fields=("kind", "type", "tag"), name="tag_count_once"),
        ),
    ]
