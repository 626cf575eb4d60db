"""Which licences are a model's own, what comes down to those made of it, and what may be done in the end."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.licensing.catalogue import VOCABULARY, built_in
from hub.licensing.facts import (
    UNKNOWN,
    Base,
    Detected,
    Facts,
    How,
    Inherited,
    LicenceFile,
    Role,
    Scope,
    Statement,
)
from hub.licensing.findings import Severity
from hub.licensing.rules import judge
from hub.licensing.terms import DEEPEST, FADED, ORDER, Terms, effective, flow, inherit, own_keys

BOOK = built_in()
KEYS = [UNKNOWN, *sorted(licence.id for licence in BOOK)]
NAMES = [f"owner/model-{letter}" for letter in "abcdef"]

keys = st.sampled_from(KEYS)
key_sets = st.frozensets(keys, min_size=1, max_size=3)
# As far up as a licence is told apart.
inherited = st.builds(Inherited, keys, st.sampled_from(NAMES), st.integers(1, DEEPEST - 1))
bases = st.builds(Base, st.sampled_from(NAMES), keys=key_sets, gated=st.booleans(), seen=st.booleans())
detected = st.builds(Detected, keys, st.sampled_from(How))
files = st.builds(
    LicenceFile,
    st.sampled_from(["LICENSE", "COPYING", "NOTICE"]),
    scope=st.sampled_from(Scope),
    found=st.lists(detected, max_size=2).map(tuple),
)
facts = st.builds(
    Facts,
    st.just("owner/here"),
    gated=st.booleans(),
    statement=st.builds(Statement, st.just("x"), st.lists(key_sets, max_size=3).map(tuple)),
    files=st.lists(files, max_size=2).map(tuple),
    bases=st.lists(bases, max_size=4).map(tuple),
    inherited=st.lists(inherited, max_size=6).map(tuple),
    trained_on_outputs=st.booleans(),
)


def holding(*found: Detected, scope: Scope = Scope.ALL) -> tuple[LicenceFile, ...]:
    return (LicenceFile("LICENSE", scope=scope, found=found),)


def stating(*ways: str) -> Statement:
    """What a card says that lets one choose from these, "+" between what applies together."""
    return Statement(" OR ".join(ways), tuple(frozenset(way.split("+")) for way in ways))


# --- the own licences ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "found", "own"),
    [
        (stating("mit"), (), {"mit"}),
        (stating("mit", "cc-by-nc-4.0"), (), {"mit"}),
        (stating("gpl-3.0", "apache-2.0"), (), {"apache-2.0"}),
        (stating("grok2-community", "cc-by-nc-4.0"), (), {"cc-by-nc-4.0"}),
        (stating("mit+cc-by-4.0"), (), {"mit", "cc-by-4.0"}),
        (Statement("ours", unknown=("ours",)), (), {UNKNOWN}),
        (stating("registered-yesterday"), (), {UNKNOWN}),
        (Statement(), (), {UNKNOWN}),
        (Statement(), (Detected("mit", How.EXACT),), {"mit"}),
        (stating("mit"), (Detected("cc-by-nc-4.0", How.EXACT),), {"mit", "cc-by-nc-4.0"}),
        (stating("mit", "gpl-3.0"), (Detected("mit", How.EXACT), Detected("gpl-3.0", How.EXACT)), {"mit"}),
        (stating("mit", "gpl-3.0"), (Detected("gpl-3.0", How.CONTAINED),), {"mit"}),
        (stating("mit+gpl-3.0", "gpl-3.0"), (Detected("gpl-3.0", How.EXACT),), {"gpl-3.0"}),
        (stating("mit+cc-by-4.0", "mit+gpl-3.0"), (Detected("mit", How.EXACT),), {"mit", "cc-by-4.0"}),
        (stating("mit", "gpl-3.0"), (Detected("cc-by-nc-4.0", How.EXACT),), {"mit", "cc-by-nc-4.0"}),
        (stating("mit"), (Detected("mit", How.MODIFIED, 95),), {"mit", UNKNOWN}),
        (stating("mit"), (Detected("opt-175b", How.TITLE),), {"mit", UNKNOWN}),
        (stating("opt-175b"), (Detected("opt-175b", How.TITLE),), {"opt-175b"}),
        (Statement("ours", unknown=("ours",)), (Detected("mit", How.EXACT),), {"mit", UNKNOWN}),
    ],
)
def test_the_own_licences_are_what_is_declared_and_what_files_surely_hold(statement, found, own):
    files = holding(*found) if found else ()
    assert own_keys(Facts("a/b", statement=statement, files=files), BOOK) == own


def test_a_licence_for_code_is_none_of_the_weights_and_that_of_data_is_one_of_a_dataset():
    nc = Detected("cc-by-nc-4.0", How.EXACT)
    model = Facts("a/b", statement=stating("mit"))
    assert own_keys(replace(model, files=holding(nc, scope=Scope.CODE)), BOOK) == {"mit"}
    assert own_keys(replace(model, files=holding(nc, scope=Scope.WEIGHTS)), BOOK) == {"mit", nc.key}
    assert own_keys(replace(model, files=holding(nc, scope=Scope.DATA)), BOOK) == {"mit"}
    dataset = replace(model, kind="dataset", files=holding(nc, scope=Scope.DATA))
    assert own_keys(dataset, BOOK) == {"mit", nc.key}


def test_a_text_that_nobody_knows_is_not_taken_for_what_the_card_says():
    model = Facts("a/b", statement=stating("mit"))
    for scope, own in (
        (Scope.ALL, {"mit", UNKNOWN}),
        (Scope.WEIGHTS, {"mit", UNKNOWN}),
        (Scope.CODE, {"mit"}),
    ):
        facts = replace(model, files=holding(scope=scope))
        assert own_keys(facts, BOOK) == own
        assert effective(facts, BOOK).row("commercial").answer == (UNKNOWN if UNKNOWN in own else "yes")
    assert own_keys(replace(model, files=(LicenceFile("NOTICE", Role.NOTICE),)), BOOK) == {"mit"}


# --- what comes down -------------------------------------------------------------------------------


def test_of_each_licence_the_nearest_origin_comes_down():
    above = [Inherited("mit", "a/far", 3), Inherited("mit", "a/near", 1), Inherited("gpl-3.0", "b/x", 2)]
    assert flow(frozenset({"llama2"}), "c/here", inherit([above])) == (
        Inherited("llama2", "c/here", 1),
        Inherited("mit", "a/near", 2),
        Inherited("gpl-3.0", "b/x", 3),
    )


def test_nothing_comes_down_for_ever_nor_back_to_where_it_came_from():
    last = Inherited("cc-by-nc-4.0", "a/far", DEEPEST)
    faint = Inherited(UNKNOWN, "a/far", DEEPEST + 1)
    assert flow(frozenset({"gpl-3.0"}), "c/here", [last]) == (Inherited("gpl-3.0", "c/here", 1), faint)
    assert flow(frozenset({"mit"}), "c/here", [faint])[-1] == replace(faint, depth=DEEPEST + 2)
    gone = replace(faint, depth=FADED)
    assert flow(frozenset({"gpl-3.0"}), "c/here", [gone]) == (Inherited("gpl-3.0", "c/here", 1),)
    own = Inherited("gpl-3.0", "C/Here", 2)
    assert inherit([[own]], name="c/here") == ()
    assert flow(frozenset({"mit"}), "c/here", [own]) == (Inherited("mit", "c/here", 1),)


@given(st.lists(st.lists(inherited, max_size=4), max_size=4), st.randoms())
def test_the_order_in_which_flows_come_does_not_matter(flows, random):
    mixed = [random.sample(each, len(each)) for each in random.sample(flows, len(flows))]
    assert inherit(mixed) == inherit(flows)


@given(key_sets, st.lists(inherited, max_size=6), inherited)
def test_one_more_restriction_takes_none_away_from_those_below(own, above, more):
    before = {one.key for one in flow(own, "owner/here", inherit([above]))}
    after = {one.key for one in flow(own, "owner/here", inherit([above, [more]]))}
    assert before <= after


def test_however_many_steps_up_a_restriction_is_nobody_is_told_that_there_is_none():
    own, above = frozenset({"cc-by-nc-4.0"}), ()
    for step in range(FADED - 1):
        above = flow(own, f"a/{step}", above)
        assert above[-1].key in {"cc-by-nc-4.0", UNKNOWN}
        terms = effective(Facts("b/last", statement=stating("mit"), inherited=above), BOOK)
        assert terms.row("commercial").answer == ("no" if step < DEEPEST else UNKNOWN)
        own = frozenset({"mit"})


graphs = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(key_sets, st.lists(st.sampled_from(NAMES), max_size=3)),
    min_size=2,
)


def settled(graph, state):
    """What each model inherits when nothing changes any more; at most as long as a restriction can travel."""
    for _ in range(2 * FADED):
        flows = {name: flow(own, name, state.get(name, ())) for name, (own, _) in graph.items()}
        now = {
            name: inherit((flows[base] for base in made_of if base in flows), name=name)
            for name, (_, made_of) in graph.items()
        }
        if now == state:
            return state
        state = now
    raise AssertionError("it does not settle")


@given(graphs, st.data())
def test_in_circles_too_what_an_origin_drops_dies_out_below(graph, data):
    before = settled(graph, {})
    changed = data.draw(st.sampled_from(sorted(graph)))
    graph[changed] = (frozenset({"mit"}), data.draw(st.sampled_from([[], graph[changed][1]])))
    assert settled(graph, before) == settled(graph, {})


# --- the terms -------------------------------------------------------------------------------------


def test_the_terms_lead_to_who_asks_for_what():
    base = Base("meta/llama", keys=frozenset({"llama3.1"}), gated=True)
    far = Inherited("cc-by-nc-4.0", "far/root", 2)
    terms = effective(Facts("a/b", statement=stating("mit"), bases=(base,), inherited=(far,)), BOOK)
    assert {row.question: row.answer for row in terms.rows} == {
        "commercial": "no",
        "derivatives": "yes",
        "share_alike": "agreement",
        "use_restrictions": "url",
        "outputs": "unclear",
        "duties": "some",
        "gating": "gate",
    }
    commercial = terms.row("commercial")
    assert [(one.key, one.name, one.depth, one.answer) for one in commercial.sources] == [
        ("llama3.1", "meta/llama", 1, "conditional"),
        ("cc-by-nc-4.0", "far/root", 2, "no"),
    ]
    assert [(one.kind, one.limit) for one in commercial.conditions] == [("mau", 700_000_000)]
    assert [one.name for one in terms.row("derivatives").sources] == ["", "meta/llama", "far/root"]
    sentences = [duty.text for duty in terms.duties if duty.kind == "notice_file"]
    assert sentences == [
        "Llama 3.1 is licensed under the Llama 3.1 Community License, "
        "Copyright © Meta Platforms, Inc. All Rights Reserved."
    ]


def test_what_is_not_known_is_not_taken_for_no_restriction():
    gone = Base("gone/base", keys=frozenset({UNKNOWN}), seen=False)
    terms = effective(Facts("a/b", statement=stating("mit"), bases=(gone,)), BOOK)
    assert {row.answer for row in terms.rows} == {UNKNOWN, "some"}
    assert terms.row("duties").answer == "some"


def test_every_answer_of_the_catalogue_has_its_place():
    for question, order in ORDER.items():
        assert set(VOCABULARY.get(question, order)) <= set(order)


@given(facts, inherited)
def test_one_more_restriction_above_loosens_nothing(given_facts, more):
    before = effective(given_facts, BOOK)
    after = effective(replace(given_facts, inherited=(*given_facts.inherited, more)), BOOK)
    for old, new in zip(before.rows, after.rows, strict=True):
        order = ORDER[old.question]
        assert order.index(old.answer) <= order.index(new.answer)
        assert {said(one) for one in old.conditions} <= {said(one) for one in new.conditions}
    assert {said(one) for one in before.duties} <= {said(one) for one in after.duties}


def said(one) -> tuple[str, str, str, int]:
    """A duty or a condition without its origin, which may have come nearer."""
    return one.key, one.kind, one.text, one.limit


GRAVE = [Severity.INFO, Severity.WARNING, Severity.CONFLICT]


def matters(given_facts: Facts) -> dict[tuple, int]:
    """How grave each thing is that is found, by the rule and the licences above; names may have come nearer.

    One beginning of the name does for all licences that ask for it.
    """
    found: dict[tuple, int] = {}
    for one in judge(given_facts, BOOK):
        about = (one.rule, *(where.licence for where in one.evidence if where.licence))
        if one.rule in {"L12", "L25"}:
            about = (one.rule, one.key.rpartition(":")[2])
        found[about] = max(found.get(about, 0), GRAVE.index(one.severity))
    return found


@given(facts, inherited)
def test_one_more_restriction_above_removes_no_finding(given_facts, more):
    before, after = (
        matters(replace(given_facts, inherited=(*given_facts.inherited, *added))) for added in ((), (more,))
    )
    assert {about for about, grave in before.items() if after.get(about, -1) < grave} == set()


@given(facts.filter(lambda one: one.bases), keys, st.randoms())
def test_one_more_restriction_of_a_base_removes_no_finding(given_facts, key, random):
    chosen = random.randrange(len(given_facts.bases))
    bases = list(given_facts.bases)
    bases[chosen] = replace(bases[chosen], keys=bases[chosen].keys | {key})
    before, after = matters(given_facts), matters(replace(given_facts, bases=tuple(bases)))
    assert {about for about, grave in before.items() if after.get(about, -1) < grave} == set()


@given(facts, st.randoms())
def test_the_order_of_bases_does_not_matter(given_facts, random):
    def shuffled(items):
        return tuple(random.sample(items, len(items)))

    mixed = replace(
        given_facts,
        bases=shuffled(given_facts.bases),
        inherited=shuffled(given_facts.inherited),
        files=shuffled(given_facts.files),
    )
    assert effective(mixed, BOOK) == effective(given_facts, BOOK)
    assert judge(mixed, BOOK) == judge(given_facts, BOOK)


@given(facts)
def test_terms_go_through_json(given_facts):
    terms = effective(given_facts, BOOK)
    assert Terms.from_json(json.loads(json.dumps(terms.as_json()))) == terms
