"""What happened, kept as the sweep of the workers keeps it."""

from datetime import timedelta

from contributions.activity import selectors, services

SOON = timedelta(hours=-1)


def note_acts() -> None:
    """Keep every act of the last day, and where the repositories are now."""
    services.note(events=selectors.lost(SOON))
    for repository_id in selectors.changed_lately(SOON):
        services.follow(repository_id=repository_id)
