"""Pull requests: who opens them, what stands against them, and how they come to their branch."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from contributions.discussions import services as discussions
from contributions.discussions.errors import TooOften
from contributions.discussions.models import Discussion, DiscussionEvent
from contributions.discussions.selectors import events_of, find_thread
from contributions.pulls import releasing
from contributions.pulls.errors import MergeBlocked
from contributions.pulls.merging import merge, update
from contributions.pulls.models import PullRequest
from contributions.pulls.selectors import (
    conflicts_of,
    pull_of,
    reasons_against_release,
    reasons_for,
    timeline,
)
from contributions.pulls.services import change_status, open_head, review
from contributions.pulls.sides import changes_of, commits_of, sides_of
from hub.errors import Forbidden, InvalidInput, RefProtected, RevisionNotFound, StaleRef
from hub.revisions.history import history
from hub.revisions.merging import Conflicting
from hub.revisions.models import Ref, Release
from hub.revisions.operations import AddInline
from hub.revisions.protection import protect, unprotect
from hub.revisions.refs import create_branch, create_tag, delete_ref
from hub.revisions.rewriting import delete_large_files, squash_history
from hub.revisions.selectors import find_file, list_refs, read_text, resolve_revision
from hub.revisions.services import land_commit, signature_of
from storage.models import Blob
from storage.services import keep_scan_states, quarantine, store_commit
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.factories.discussions import make_pull, push, session
from tests.factories.repositories import add_large, commit, make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def repository(owner):
    return make_repository(owner, files={"README.md": b"# One\n", "a.txt": b"1", "d/x.txt": b"1"})


def text(repository, path, revision="main"):
    return read_text(find_file(resolve_revision(repository, revision), path))


def scanned(*, state: str = "safe") -> None:
    """Every file has been scanned."""
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), state))


def rules_of(pull) -> list[str]:
    return [reason.rule for reason in reasons_for(pull, sides_of(pull))]


def merged(pull, user, **how) -> str:
    scanned()
    return merge(pull=pull, actor=session(user), **how)


def test_somebody_who_may_not_write_opens_one_and_the_branch_is_untouched(repository, guest):
    head = repository.head
    pull = make_pull(repository, guest, {"README.md": b"# Two\n", "a.txt": None})
    repository.refresh_from_db()
    assert repository.head == head
    assert text(repository, "README.md") == "# One\n"
    assert text(repository, "README.md", pull.head_ref) == "# Two\n"
    assert [change.path for change in changes_of(sides_of(pull))] == ["README.md", "a.txt"]
    assert [commit.title for commit in commits_of(sides_of(pull))] == ["Change"]
    assert pull_of(find_thread(repository, 1)) == pull


def test_nothing_is_left_of_one_whose_commit_fails(repository, guest):
    refs = {ref.name for ref in list_refs(repository)}
    with pytest.raises(InvalidInput):
        make_pull(repository, guest, operations=[AddInline("a/../b", b"")])
    assert not Discussion.objects.exists()
    assert {ref.name for ref in list_refs(repository)} == refs


def test_only_its_author_and_writers_put_commits_on_it_while_it_is_open(repository, owner, guest):
    pull = make_pull(repository, guest)
    for user in (guest, owner):
        assert open_head(repository=repository, actor=session(user), ref="refs/pr/1") == pull
    with pytest.raises(Forbidden):
        open_head(repository=repository, actor=session(make_user()), ref="refs/pr/1")
    discussions.open_discussion(repository=repository, actor=session(guest), title="Talk", text="")
    for ref in ("refs/pr/2", "refs/pr/3", "refs/pr/x", "refs/pr/", "refs/pr/99999999999", "refs/heads/main"):
        with pytest.raises(RevisionNotFound):
            open_head(repository=repository, actor=session(guest), ref=ref)
    discussions.change_status(discussion=pull.discussion, actor=session(guest), status="closed")
    with pytest.raises(Forbidden):
        open_head(repository=repository, actor=session(guest), ref="refs/pr/1")


def test_a_merge_is_one_commit_with_both_as_parents(repository, owner, guest):
    pull = make_pull(repository, guest, {"README.md": b"# Two\n"}, title="Say more")
    push(pull, guest, {"n.txt": b"1"})
    commit(repository, owner, [AddInline("a.txt", b"2")])
    sides = sides_of(pull)
    oid = merged(pull, owner)
    repository.refresh_from_db()
    [landed, *_] = history(repository, resolve_revision(repository, "main"))
    assert (landed.oid, landed.parents) == (oid, (sides.target.commit, sides.head.commit))
    assert landed.title == "Merge #1: Say more"
    assert f"<{guest.username}@users.noreply.invalid>" in landed.description
    assert (text(repository, "README.md"), text(repository, "a.txt"), text(repository, "n.txt")) == (
        "# Two\n",
        "2",
        "1",
    )
    assert (repository.head, repository.card_words) == (oid, "two")
    pull = PullRequest.objects.get(pk=pull.pk)
    assert (pull.merge_commit, pull.merged_by, pull.overridden) == (oid, owner, [])
    assert find_thread(repository, 1).status == "merged"
    assert events_of(pull.discussion)[-1].data == {"status": "merged"}
    logged = AuditEvent.objects.get(event="pull.merged")
    assert (logged.actor, logged.data["commit"]) == (owner, oid)
    # What it changed is still told after the merge.
    assert [change.path for change in changes_of(sides_of(pull))] == ["README.md", "n.txt"]


def test_a_squash_has_the_branch_alone_as_parent(repository, owner, guest):
    pull = make_pull(repository, guest, {"b.txt": b"1"})
    push(pull, guest, {"c.txt": b"1"})
    before = resolve_revision(repository, "main").commit
    merged(pull, owner, squash=True)
    [landed, *_] = history(repository, resolve_revision(repository, "main"))
    assert (landed.parents, landed.title) == ((before,), "A better card (#1)")
    assert text(repository, "c.txt") == "1"


def test_only_writers_merge(repository, guest):
    pull = make_pull(repository, guest)
    scanned()
    for user in (guest, make_user()):
        with pytest.raises(Forbidden):
            merge(pull=pull, actor=session(user))
    assert find_thread(repository, 1).status == "open"


def test_a_draft_a_closed_and_a_merged_one_are_not_merged(repository, owner, guest):
    pull = make_pull(repository, guest, status="draft")
    scanned()
    assert rules_of(pull) == ["draft"]
    with pytest.raises(MergeBlocked):
        merge(pull=pull, actor=session(owner), override=True)
    change_status(pull=pull, actor=session(guest), status="open")
    discussions.change_status(discussion=pull.discussion, actor=session(guest), status="closed")
    with pytest.raises(MergeBlocked):
        merge(pull=pull, actor=session(owner), override=True)
    change_status(pull=pull, actor=session(guest), status="open")
    merged(pull, owner)
    with pytest.raises(MergeBlocked) as caught:
        merge(pull=pull, actor=session(owner))
    assert {reason.rule for reason in caught.value.reasons} >= {"ended"}
    with pytest.raises(InvalidInput):
        change_status(pull=pull, actor=session(owner), status="closed")


def test_an_open_one_becomes_a_draft_again_but_no_discussion_does(repository, guest):
    pull = make_pull(repository, guest)
    change_status(pull=pull, actor=session(guest), status="draft")
    assert find_thread(repository, 1).status == "draft"


def test_paths_that_both_changed_are_in_conflict_until_somebody_says_whose_count(repository, owner, guest):
    pull = make_pull(repository, guest, {"README.md": b"# Two\n", "d/x.txt": b"2", "n.txt": b"1"})
    commit(repository, owner, [AddInline("README.md", b"# Three\n"), AddInline("d/x.txt", b"2")])
    scanned()
    assert conflicts_of(pull, sides_of(pull)) == ("README.md",)
    assert rules_of(pull) == ["conflict"]
    with pytest.raises(MergeBlocked):
        merge(pull=pull, actor=session(owner), override=True)
    with pytest.raises(Conflicting) as caught:
        update(pull=pull, actor=session(guest))
    assert caught.value.paths == ("README.md",)
    with pytest.raises(Forbidden):
        update(pull=pull, actor=session(make_user()), settled={"README.md": "ours"})
    update(pull=pull, actor=session(guest), settled={"README.md": "ours"})
    assert rules_of(pull) == []
    assert [change.path for change in changes_of(sides_of(pull))] == ["README.md", "n.txt"]
    merged(pull, owner)
    assert (text(repository, "README.md"), text(repository, "n.txt")) == ("# Two\n", "1")


def test_there_is_nothing_to_take_over_from_a_branch_that_stayed(repository, guest):
    pull = make_pull(repository, guest)
    with pytest.raises(InvalidInput):
        update(pull=pull, actor=session(guest))


def test_a_head_that_moved_since_somebody_looked_is_not_merged(repository, owner, guest):
    pull = make_pull(repository, guest)
    seen = sides_of(pull).head.commit
    push(pull, guest, {"evil.txt": b"1"})
    scanned()
    with pytest.raises(StaleRef):
        merge(pull=pull, actor=session(owner), seen=seen)
    merge(pull=pull, actor=session(owner), seen=sides_of(pull).head.commit)


def test_files_are_verified_and_scanned_before_a_merge(repository, owner, guest):
    pull = make_pull(repository, guest, {"model.bin": b"weights"})
    assert rules_of(pull) == ["scan-waiting"]
    with pytest.raises(MergeBlocked) as caught:
        merge(pull=pull, actor=session(owner))
    assert "model.bin" in str(caught.value)
    scanned()
    sha256 = find_file(resolve_revision(repository, pull.head_ref), "model.bin").sha256
    quarantine(sha256=sha256)
    assert rules_of(pull) == ["scan-dangerous"]


def test_an_admin_merges_against_the_checks_and_it_is_written_down(guest):
    admin = make_user()
    organisation = make_organisation(owner=admin)
    writer = make_member(organisation, "write")
    repository = make_repository(admin, namespace=organisation)
    pull = make_pull(repository, guest, {"model.bin": b"weights"})
    with pytest.raises(Forbidden):
        merge(pull=pull, actor=session(writer), override=True)
    merge(pull=pull, actor=session(admin), override=True)
    pull = PullRequest.objects.get(pk=pull.pk)
    assert "model.bin" in pull.overridden[0]
    assert AuditEvent.objects.get(event="pull.merged").data["overridden"] == pull.overridden


def test_a_card_that_a_pull_request_breaks_stands_against_it(repository, owner, guest):
    pull = make_pull(repository, guest, {"README.md": b"---\nlicense: aparche-2.0\n---\n# Two\n"})
    scanned()
    assert rules_of(pull) == ["licence-error"]
    push(pull, guest, {"README.md": b"---\npipeline_tag: text-generatoin\n---\n# Two\n"})
    scanned()
    assert rules_of(pull) == ["card-error"]
    commit(repository, owner, [AddInline("README.md", b"---\npipeline_tag: text-generatoin\n---\n# Two\n")])
    other = make_pull(repository, guest, {"README.md": b"---\npipeline_tag: text-generatoin\n---\n# 3\n"})
    scanned()
    assert rules_of(other) == []


def test_what_changes_nothing_and_what_goes_to_a_branch_that_is_gone_is_not_merged(repository, owner, guest):
    create_branch(repo=repository, name="next", start=None, actor_user=owner)
    pull = make_pull(repository, guest, target="refs/heads/next")
    push(pull, guest, {"README.md": b"# One\n"})
    scanned()
    assert rules_of(pull) == ["empty"]
    push(pull, guest, {"README.md": b"# Two\n"})
    delete_ref(repo=repository, ref="refs/heads/next", actor_user=owner)
    scanned()
    assert rules_of(pull) == ["no-target"]
    with pytest.raises(RevisionNotFound):
        make_pull(repository, guest, target="refs/heads/next")


def test_a_branch_that_was_squashed_meanwhile_still_takes_the_change(repository, owner, guest):
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    commit(repository, owner, [AddInline("a.txt", b"2")])
    squash_history(repo=repository, branch="main", message="Anew", actor_user=owner)
    merged(pull, owner)
    assert (text(repository, "n.txt"), text(repository, "a.txt")) == ("1", "2")


def test_a_history_that_is_rewritten_takes_pull_requests_along(repository, owner, guest):
    sha256 = add_large(repository, owner, "big.bin", b"big" * 1000)
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    delete_large_files(repo=repository, sha256s=[sha256], rewrite_history=True, actor_user=owner)
    assert [change.path for change in changes_of(sides_of(pull))] == ["n.txt"]
    assert [commit.title for commit in commits_of(sides_of(pull))] == ["Change"]
    merged(pull, owner)
    assert text(repository, "n.txt") == "1"


def test_nobody_approves_their_own_or_what_they_have_not_seen(repository, owner, guest):
    pull = make_pull(repository, guest)
    head = sides_of(pull).head.commit
    with pytest.raises(Forbidden):
        review(pull=pull, actor=session(guest), verdict="approve", commit=head)
    push(pull, guest, {"n.txt": b"1"})
    with pytest.raises(InvalidInput):
        review(pull=pull, actor=session(owner), verdict="approve", commit=head)
    with pytest.raises(InvalidInput):
        review(
            pull=pull,
            actor=session(owner),
            verdict="request-changes",
            commit=sides_of(pull).head.commit,
        )


def test_reviews_count_as_what_somebody_says_in_an_hour(repository, owner, guest, settings):
    settings.COMMENTS_PER_HOUR = 1
    pull = make_pull(repository, guest)
    approval = {"pull": pull, "actor": session(owner), "verdict": "approve"}
    review(**approval, commit=sides_of(pull).head.commit)
    with pytest.raises(TooOften):
        review(**approval, commit=sides_of(pull).head.commit)


def test_what_is_said_and_what_is_brought_within_a_second_are_told_in_their_order(repository, owner, guest):
    pull = make_pull(repository, guest)
    push(pull, guest, {"n.txt": b"1"})
    discussions.comment(discussion=pull.discussion, actor=session(owner), text="And?")
    push(pull, guest, {"n.txt": b"2"})
    told = [
        item.kind if isinstance(item, DiscussionEvent) else "commit" for item in timeline(pull.discussion)
    ]
    assert told == ["comment", "commit", "commit", "comment", "commit"]


def test_a_request_for_changes_stands_until_the_same_reviewer_approves(repository, owner, guest):
    pull = make_pull(repository, guest)
    scanned()
    head = sides_of(pull).head.commit
    review(pull=pull, actor=session(make_user()), verdict="request-changes", commit=head, text="Hm")
    assert rules_of(pull) == []
    review(pull=pull, actor=session(owner), verdict="request-changes", commit=head, text="Say why")
    assert rules_of(pull) == ["changes-requested"]
    push(pull, guest, {"n.txt": b"1"})
    scanned()
    assert rules_of(pull) == ["changes-requested"]
    review(pull=pull, actor=session(owner), verdict="approve", commit=sides_of(pull).head.commit)
    assert rules_of(pull) == []
    assert AuditEvent.objects.filter(event="pull.reviewed").count() == 3


def test_a_protected_branch_takes_pull_requests_alone_with_approvals_of_what_is_merged(guest):
    admin = make_user()
    organisation = make_organisation(owner=admin)
    writer = make_member(organisation, "write")
    repository = make_repository(admin, namespace=organisation)
    protect(namespace=organisation, pattern="main", approvals=1, actor_user=admin)
    with pytest.raises(RefProtected):
        commit(repository, admin, [AddInline("a.txt", b"1")])
    with pytest.raises(RefProtected):
        squash_history(repo=repository, branch="main", message="Anew", actor_user=admin)
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    scanned()
    assert rules_of(pull) == ["approvals"]
    review(pull=pull, actor=session(make_user()), verdict="approve", commit=sides_of(pull).head.commit)
    assert rules_of(pull) == ["approvals"]
    review(pull=pull, actor=session(writer), verdict="approve", commit=sides_of(pull).head.commit)
    assert rules_of(pull) == []
    push(pull, guest, {"m.txt": b"1"})
    scanned()
    assert rules_of(pull) == ["approvals"]
    review(pull=pull, actor=session(writer), verdict="approve", commit=sides_of(pull).head.commit)
    merged(pull, writer)
    assert text(repository, "m.txt") == "1"
    # A new repository still gets its first commit.
    make_repository(admin, namespace=organisation)


def test_protected_branches_and_tags_are_not_deleted_until_the_rule_is_gone(repository, owner):
    create_branch(repo=repository, name="release/1", start=None, actor_user=owner)
    create_tag(repo=repository, name="v1", revision=None, actor_user=owner)
    rules = [
        protect(repository=repository, pattern="release/*", actor_user=owner),
        protect(repository=repository, pattern="v*", tags=True, actor_user=owner),
    ]
    for ref in ("refs/heads/release/1", "refs/tags/v1"):
        with pytest.raises(RefProtected):
            delete_ref(repo=repository, ref=ref, actor_user=owner)
    commit(repository, owner, [AddInline("a.txt", b"3")])
    for rule in rules:
        unprotect(rule=rule, actor_user=owner)
    for ref in ("refs/heads/release/1", "refs/tags/v1"):
        delete_ref(repo=repository, ref=ref, actor_user=owner)
    assert AuditEvent.objects.filter(event="ref.unprotected").count() == 2


@pytest.mark.parametrize("pattern", ["", " ", "a b", "[a]", "ma?n", "x" * 201, "../a", "refs/heads/main"])
def test_a_pattern_is_a_name_with_stars(repository, owner, pattern):
    with pytest.raises(InvalidInput):
        protect(repository=repository, pattern=pattern, actor_user=owner)


def test_three_hundred_commits_are_told_in_two_queries(repository, guest, django_assert_num_queries):
    pull = make_pull(repository, guest)
    head, at = sides_of(pull).head, timezone.now()
    oid = head.commit
    # Landing each would take far longer than what is looked at here.
    for number in range(299):
        author = signature_of(guest, at)
        oid = store_commit(tree=head.tree, parents=[oid], author=author, message=f"{number}", at=at).oid
    Ref.objects.filter(repository=repository, name=pull.head_ref).update(commit_id=oid)
    sides = sides_of(pull)
    with django_assert_num_queries(2):
        told = commits_of(sides)
    assert (len(told), told[0].title, told[-1].title) == (300, "Change", "298")


@pytest.mark.parametrize(("files", "elsewhere"), [(1, 1), (200, 1), (1, 2000)])
def test_a_merge_asks_as_often_as_folders_are_deep(
    owner, guest, files, elsewhere, django_assert_max_num_queries
):
    repository = make_repository(owner, files={f"other/{n}.txt": b"%d" % n for n in range(elsewhere)})
    pull = make_pull(repository, guest, {f"d/{n}.txt": b"%d" % n for n in range(files)})
    commit(repository, owner, [AddInline("d/mine.txt", b"1")])
    scanned()
    with django_assert_max_num_queries(62):
        merge(pull=pull, actor=session(owner))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_who_merge_at_once_one_does(turn):
    owner, guest = make_user(), make_user()
    repository = make_repository(owner)
    make_pull(repository, guest)
    scanned()
    results = race(
        [lambda: merge(pull=pull_of(find_thread(repository, 1)), actor=session(owner)) for _ in range(2)]
    )
    assert failures(results) == [MergeBlocked]
    titles = [commit.title for commit in history(repository, resolve_revision(repository, "main"))]
    assert titles == ["Merge #1: A better card", "initial commit"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_a_branch_that_moves_during_a_merge_keeps_both_changes_or_refuses_one(turn):
    owner, guest = make_user(), make_user()
    repository = make_repository(owner)
    make_pull(repository, guest, {"n.txt": b"1"})
    scanned()
    results = race(
        [
            lambda: merge(pull=pull_of(find_thread(repository, 1)), actor=session(owner)),
            lambda: commit(repository, owner, [AddInline("a.txt", b"1")]),
        ]
    )
    assert set(failures(results)) <= {StaleRef}
    merged_it = results[0].exception() is None
    assert (find_thread(repository, 1).status == "merged") == merged_it
    names = set(Ref.objects.filter(repository=repository).values_list("name", flat=True))
    assert names == {"refs/heads/main", "refs/pr/1", "refs/bases/1"}
    if merged_it:
        assert text(repository, "n.txt") == "1"
    if results[1].exception() is None:
        assert text(repository, "a.txt") == "1"


def test_what_its_author_who_left_began_can_still_be_merged(repository, owner, guest):
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    guest.delete()
    pull = pull_of(find_thread(repository, 1))
    merged(pull, owner)
    assert text(repository, "n.txt") == "1"


def test_a_guest_has_no_part_in_what_turned_private(repository, owner, guest):
    pull = make_pull(repository, guest)
    repository.visibility = "private"
    repository.save()
    repository.__dict__.pop("_permissions", None)
    with pytest.raises(Forbidden):
        open_head(repository=repository, actor=session(guest), ref=pull.head_ref)
    merged(pull_of(find_thread(repository, 1)), owner)


def test_a_release_is_held_against_the_checks_of_all_its_files(repository, owner):
    revision = resolve_revision(repository, "main")
    assert [reason.rule for reason in reasons_against_release(revision)] == ["scan-waiting"]
    scanned()
    assert reasons_against_release(resolve_revision(repository, "main")) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_a_commit_that_comes_during_a_merge_is_in_it_or_is_refused(turn):
    owner, guest = make_user(), make_user()
    repository = make_repository(owner)
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    scanned()

    def add():
        return land_commit(
            repo=repository,
            actor_user=guest,
            operations=[AddInline("m.txt", b"1")],
            summary="More",
            opening=lambda: (
                open_head(repository=repository, actor=session(guest), ref=pull.head_ref, hold=True).head_ref
            ),
        )

    results = race([lambda: merge(pull=pull_of(find_thread(repository, 1)), actor=session(owner)), add])
    merged_it, added = (result.exception() is None for result in results)
    assert merged_it
    if added:
        # It came first, and the merge has it.
        assert text(repository, "m.txt") == "1"
    else:
        assert failures(results) == [Forbidden]
        assert text(repository, "n.txt") == "1"


def test_who_brought_a_commit_does_not_approve_it(guest):
    admin = make_user()
    organisation = make_organisation(owner=admin)
    writer = make_member(organisation, "write")
    repository = make_repository(admin, namespace=organisation)
    protect(namespace=organisation, pattern="main", approvals=1, actor_user=admin)
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    push(pull, writer, {"m.txt": b"1"})
    scanned()
    head = sides_of(pull).head.commit
    review(pull=pull, actor=session(writer), verdict="approve", commit=head)
    assert rules_of(pull) == ["approvals"]
    review(pull=pull, actor=session(admin), verdict="approve", commit=head)
    assert rules_of(pull) == []


@pytest.fixture
def meanwhile(monkeypatch):
    """Have something happen just after the checks of a release have been looked at."""

    def happens(what):
        look = releasing.reasons_against_release

        def looking(revision):
            found = look(revision)
            what()
            return found

        monkeypatch.setattr(releasing, "reasons_against_release", looking)

    return happens


def test_a_commit_that_comes_while_a_release_is_checked_is_not_released(repository, owner, meanwhile):
    scanned()
    checked = resolve_revision(repository, "main").commit
    meanwhile(lambda: commit(repository, owner, [AddInline("evil.bin", b"not scanned")]))
    made = releasing.release(
        repository=repository, actor=session(owner), tag="v1", start="main", title="One", notes=""
    )
    assert made.tag.commit_id == resolve_revision(repository, "v1").commit == checked
    assert resolve_revision(repository, "main").commit != checked


def test_a_tag_that_moves_while_its_release_is_checked_is_not_released(repository, owner, meanwhile):
    scanned()
    create_tag(repo=repository, name="v1", revision=None, actor_user=owner)

    def move():
        commit(repository, owner, [AddInline("evil.bin", b"not scanned")])
        delete_ref(repo=repository, ref="refs/tags/v1", actor_user=owner)
        create_tag(repo=repository, name="v1", revision=None, actor_user=owner)

    meanwhile(move)
    with pytest.raises(StaleRef):
        releasing.release(
            repository=repository, actor=session(owner), tag="v1", start="", title="One", notes=""
        )
    assert not Release.objects.exists()


def test_a_pull_request_of_somebody_who_left_is_shown_gone_on_with_and_closed(repository, owner, guest):
    pull = make_pull(repository, guest, {"n.txt": b"1"})
    guest.delete()
    pull = pull_of(find_thread(repository, 1))
    push(pull, owner, {"n.txt": b"2"})
    assert [told.username for told in commits_of(sides_of(pull))] == [guest.username, owner.username]
    assert [event.author for event in events_of(pull.discussion)] == [None]
    change_status(pull=pull, actor=session(owner), status="closed")
    assert find_thread(repository, 1).status == "closed"
