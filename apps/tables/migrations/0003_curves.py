from django.db import migrations, models

KINDS = [
    ("class", "Class table"),
    ("confusion", "Confusion matrix"),
    ("curves", "Curves"),
    ("histogram", "Histogram"),
]


class Migration(migrations.Migration):
    dependencies = [("tables", "0002_confusion_matrices")]

    operations = [
        migrations.AlterField("loggedtable", "kind", models.CharField(choices=KINDS, max_length=20)),
        migrations.AlterField("tablekey", "kind", models.CharField(choices=KINDS, max_length=20)),
    ]
