import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KINDS = [("class", "Class table"), ("confusion", "Confusion matrix")]


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tables", "0001_initial"),
    ]

    operations = [
        migrations.AlterField("loggedtable", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.AlterField("tablekey", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.CreateModel(
            name="CostMatrix",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("costs", models.JSONField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cost_matrices", to="runs.project"
                    ),
                ),
            ],
            options={
                "db_table": "cost_matrix",
                "constraints": [
                    models.UniqueConstraint(fields=["project", "version"], name="cost_version_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CostIndexing",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="runs.project",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("after", models.BigIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField()),
                ("touched_at", models.DateTimeField()),
            ],
            options={"db_table": "cost_indexing"},
        ),
    ]
