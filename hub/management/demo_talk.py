"""What the people of the demo talk about: a question and its answer, a pull request and its review."""

from accounts.actors import Actor
from accounts.models import User
from contributions.discussions import services
from contributions.discussions.selectors import events_of, threads
from contributions.pulls.lines import comment_on_line
from contributions.pulls.models import PullRequest
from contributions.pulls.services import open_pull, review
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from hub.revisions.selectors import find_file, read_text, resolve_revision
from hub.revisions.services import land_commit

QUESTION = """\
The card does not say how long a text may be. I have paragraphs of about **400 words**:

- does it cut them, or
- does it fail?
"""
ANSWER = """\
It cuts them after 128 tokens. Split them before:

```python
parts = [text[at : at + 500] for at in range(0, len(text), 500)]
```

@developer, would you add that to the card?
"""
USE = """
## How long a text may be

At most 128 tokens are read; what is longer is cut. Split long texts before you classify them.
"""


def talk_of_the_demo(repository: Repository, publisher: User, developer: User) -> None:
    """Begin both threads, once."""
    if threads(repository).exists():
        return
    asks, answers = Actor(developer, None), Actor(publisher, None)
    question = services.open_discussion(
        repository=repository, actor=asks, title="How long may a text be?", text=QUESTION
    )
    services.comment(discussion=question, actor=answers, text=ANSWER)
    services.react(discussion=question, event_id=events_of(question)[-1].pk, actor=asks, emoji="👍")
    services.set_pinned(discussion=question, actor=answers, value=True)
    card = read_text(find_file(resolve_revision(repository, None), "README.md")) or ""
    opened: list[PullRequest] = []

    def opening() -> str:
        title, text = "Say how long a text may be", "As asked in #1."
        opened.append(open_pull(repository=repository, actor=asks, title=title, text=text))
        return opened[0].head_ref

    commit = land_commit(
        repo=repository,
        actor_user=developer,
        operations=[AddInline("README.md", (card.rstrip() + "\n" + USE).encode())],
        summary="Say how long a text may be",
        opening=opening,
    )
    said = len(card.rstrip().splitlines()) + 4
    comment_on_line(
        pull=opened[0],
        actor=answers,
        path="README.md",
        side="new",
        line=said,
        commit=commit,
        text="In words that is about 90, if that helps anybody.",
    )
    review(pull=opened[0], actor=answers, verdict="approve", commit=commit, text="Thank you, this helps.")
