"""What hosting remembers: signs of life, and the rules by which runs are forgotten."""

from django.db import models


class Sign(models.Model):
    """When something was last seen alive: "worker NAME", or "queue", which a task sent through it writes."""

    name = models.CharField(max_length=250, primary_key=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "hosting_sign"

    def __str__(self) -> str:
        return self.name
