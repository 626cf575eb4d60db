"""How often a repository was pulled, day by day."""

from django.db import models

from hub.repos.models import Repository


class DownloadDay(models.Model):
    """The pulls of one repository on one day (UTC); nothing says who pulled.

    `in_window` while the day is among those that `Repository.downloads` adds up.
    """

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.BigIntegerField(default=0)
    in_window = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "day"], name="download_day_once")]
        indexes = [
            models.Index(fields=["day"], name="download_day_in_window", condition=models.Q(in_window=True))
        ]

    def __str__(self) -> str:
        return f"{self.repository_id} on {self.day}: {self.count}"
