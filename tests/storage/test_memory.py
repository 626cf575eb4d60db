"""The memory keeps what was asked for last, and never more than it may."""

from concurrent.futures import ThreadPoolExecutor

from storage.memory import Memory


def test_it_forgets_what_was_asked_for_longest_ago():
    memory = Memory(most=10)
    for key in "abc":
        memory.put(key, key.upper(), weight=3)
    assert memory.get("a") == "A"
    memory.put("d", "D", weight=3)
    assert [memory.get(key) for key in "abcd"] == ["A", None, "C", "D"]


def test_what_is_too_heavy_is_not_kept_and_what_is_put_again_weighs_once():
    memory = Memory(most=10)
    memory.put("whale", 1, weight=11)
    assert memory.get("whale") is None
    for _ in range(3):
        memory.put("a", 1, weight=4)
    assert memory.weight == 4
    memory.clear()
    assert (memory.get("a"), memory.weight) == (None, 0)


def test_threads_do_not_lose_count_of_the_weight():
    memory = Memory(most=50)

    def use(thread):
        for number in range(2000):
            memory.put((thread, number % 30), number, weight=number % 7)
            memory.get((thread - 1, number % 30))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert memory.weight == sum(weight for _, weight in memory._kept.values()) <= 50
