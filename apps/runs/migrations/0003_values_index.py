import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

import apps.core.fields

_ONE_EACH = 5_000


def hint_all_runs(apps, schema_editor):
    """Let the worker's sweep index the runs there are, while everything goes on; `reindex_values` does so at once."""
    runs, pending = apps.get_model("runs", "Run").objects, apps.get_model("history", "PendingRun")
    now = timezone.now()
    rows = (pending(run_id=run_id, marked_at=now) for run_id in runs.values_list("id", flat=True).iterator())
    pending.objects.bulk_create(rows, batch_size=_ONE_EACH, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("runs", "0002_stop_requested_at"), ("history", "0003_no_points_index")]

    operations = [
        migrations.CreateModel(
            name="ValueKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "namespace",
                    models.CharField(
                        choices=[
                            ("run", "Run"),
                            ("tag", "Tag"),
                            ("config", "Config"),
                            ("summary", "Summary"),
                            ("system", "System"),
                            ("metric.last", "Metric, last"),
                            ("metric.min", "Metric, lowest"),
                            ("metric.max", "Metric, highest"),
                        ],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=500)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="value_keys", to="runs.project"
                    ),
                ),
            ],
            options={"db_table": "run_value_key"},
        ),
        migrations.CreateModel(
            name="RunValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "key_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indexed_values",
                        to="runs.run",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="runs.valuekey",
                    ),
                ),
                ("number", models.FloatField(null=True)),
                ("text", apps.core.fields.CodePointTextField(null=True)),
            ],
            options={"db_table": "run_value"},
        ),
        migrations.CreateModel(
            name="MetricDirection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=250)),
                (
                    "direction",
                    models.CharField(choices=[("min", "min"), ("max", "max"), ("unknown", "unknown")], max_length=10),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="metric_directions", to="runs.project"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False), ("archived_at__isnull", False), _connector="OR"),
                fields=["project"],
                name="hidden_runs",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuekey",
            constraint=models.UniqueConstraint(fields=("project", "namespace", "name"), name="value_key_once"),
        ),
        migrations.AddIndex(
            model_name="runvalue",
            index=models.Index(
                condition=models.Q(("number__isnull", False)), fields=["key", "number", "run"], name="run_numbers"
            ),
        ),
        migrations.AddIndex(
            model_name="runvalue",
            index=models.Index(
                condition=models.Q(("text__isnull", False)), fields=["key", "text", "run"], name="run_texts"
            ),
        ),
        migrations.AddConstraint(
            model_name="metricdirection",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="direction_once_per_metric"),
        ),
        migrations.RunPython(hint_all_runs, migrations.RunPython.noop),
    ]
