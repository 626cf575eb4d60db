"""Every change to pull requests but their merge (contributions.pulls.merging)."""

from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from contributions.discussions import policy, rules
from contributions.discussions import services as discussions
from contributions.discussions.errors import AlreadySo, ThreadNotFound
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.policy import Act
from contributions.discussions.selectors import find_thread
from contributions.discussions.vocabulary import Kind, Status, Verdict
from contributions.pulls.errors import NoPullRequest
from contributions.pulls.models import PullRequest, Review
from contributions.pulls.selectors import pull_of
from hub.errors import Forbidden, InvalidInput, RevisionNotFound
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.names import MAIN_REF
from hub.revisions.refs import open_refs
from hub.revisions.selectors import resolve_revision
from hub.scanning.policy import check_given

PREFIX = "refs/pr/"


@transaction.atomic
def open_pull(
    *,
    repository: Repository,
    actor: Actor,
    title: str,
    text: str,
    target: str = MAIN_REF,
    start: str | None = None,
    status: Status = Status.OPEN,
) -> PullRequest:
    """Open a pull request to a branch (a full ref), whose ref begins at `start` or at the branch's head.

    The repository's row is locked for the number. Raises RevisionNotFound, InvalidInput, TooOften, Forbidden.
    """
    if not target.startswith("refs/heads/"):
        raise InvalidInput("A pull request goes to a branch.", "revision")
    base = resolve_revision(repository, target)
    if start is not None:
        base = resolve_revision(repository, start)
    check_given(actor, base)
    discussion = discussions.begin_thread(
        repository=repository, actor=actor, title=title, text=text, is_pull=True, status=status
    )
    pull = PullRequest.objects.create(discussion=discussion, target=target)
    open_refs(repo=repository, refs={pull.head_ref: base.commit, pull.base_ref: base.commit})
    return pull


def open_head(*, repository: Repository, actor: Actor, ref: str, hold: bool = False) -> PullRequest:
    """The pull request of a ref such as `refs/pr/3`, if the actor may put commits on it.

    RevisionNotFound when there is none; Forbidden for others than its author and the repository's writers,
    and for everybody once it is closed or merged. With `hold` the thread's row is locked until the caller's
    transaction ends: a merge comes before the commit or has it.
    """
    number = ref.removeprefix(PREFIX)
    if not (ref.startswith(PREFIX) and number.isascii() and number.isdigit() and len(number) < 10):
        raise RevisionNotFound(f"Invalid rev id: {ref}")
    try:
        discussion = find_thread(repository, int(number))
        pull = pull_of(discussion)
    except (ThreadNotFound, NoPullRequest):
        raise RevisionNotFound(f"Invalid rev id: {ref}") from None
    if hold:
        discussion = pull.discussion = discussions.locked(discussion)
    policy.check(actor, discussion, Act.PUSH)
    if not discussion.under_way:
        raise Forbidden(f"This pull request is {discussion.status}; open another one for further changes.")
    return pull


@transaction.atomic
def change_status(*, pull: PullRequest, actor: Actor, status: str, text: str = "") -> DiscussionEvent:
    """Close a pull request or open it; one that is ready may become a draft again. The row is locked.

    AlreadySo, InvalidInput for what is merged and for an unknown status.
    """
    if status != Status.DRAFT:
        return discussions.change_status(discussion=pull.discussion, actor=actor, status=status, text=text)
    held = discussions.locked(pull.discussion)
    policy.check(actor, held, Act.STATUS)
    if held.status == Status.DRAFT:
        raise AlreadySo("This is a draft already.")
    if held.status != Status.OPEN:
        raise InvalidInput("Only an open pull request becomes a draft.", "status")
    return discussions.set_status(held, actor.user, Status.DRAFT)


@transaction.atomic
def review(*, pull: PullRequest, actor: Actor, verdict: str, commit: str, text: str = "") -> DiscussionEvent:
    """Approve a pull request as it is at `commit`, or ask for changes with a text.

    The thread's row is locked; a commit that is its head no longer is InvalidInput: nobody approves what they
    have not seen. Nobody approves their own. TooOften as for comments.
    """
    held = discussions.locked(pull.discussion)
    policy.check(actor, held, Act.REVIEW)
    if verdict not in Verdict.values:
        raise InvalidInput(f"A review is one of {', '.join(Verdict.values)}.", "verdict")
    if not held.under_way:
        raise InvalidInput(f"This pull request is {held.status}.", "status")
    if held.author_id == actor.user.pk:
        raise Forbidden("Somebody else has to review your own pull request.")
    head = resolve_revision(held.repository, pull.head_ref)
    if head.commit != commit:
        raise InvalidInput("There are new commits since you looked. Read them first.", "commit")
    said = rules.checked_text(text, field="text", empty=verdict == Verdict.APPROVE)
    discussions.check_pace(actor.user)
    Review.objects.update_or_create(
        pull=pull, reviewer=actor.user, defaults={"verdict": verdict, "commit": commit}
    )
    event = discussions.add_event(
        held, Kind.REVIEW, actor.user, text=said, data={"verdict": verdict, "commit": commit}
    )
    audit.record(
        Event.PULL_REVIEWED,
        actor=actor.user,
        subject=held.repository.subject,
        discussion=held.pk,
        number=held.number,
        verdict=verdict,
        commit=commit,
        comment=event.pk,
    )
    return event


def note_commits(*, repository_id: int, ref: str) -> None:
    """Move a pull request up in lists when commits came to its ref."""
    found = Discussion.objects.filter(
        repository=repository_id, is_pull=True, number=int(ref.removeprefix(PREFIX))
    ).first()
    if found is not None:
        discussions.touch(found)
