from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0005_class_values"),
    ]

    operations = [
        migrations.AlterField(
            model_name="valuekey",
            name="namespace",
            field=models.CharField(
                choices=[
                    ("run", "Run"),
                    ("tag", "Tag"),
                    ("config", "Config"),
                    ("summary", "Summary"),
                    ("system", "System"),
                    ("metric.last", "Metric, last"),
                    ("metric.min", "Metric, lowest"),
                    ("metric.max", "Metric, highest"),
                    ("class", "Cell of a class table"),
                    ("cost", "Expected cost of a confusion matrix"),
                ],
                max_length=20,
            ),
        ),
    ]
