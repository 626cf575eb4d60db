"""What a process remembers of objects that never change, within a bound."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """A mapping that forgets what was asked for longest ago once its values weigh more than `most` together.

    Safe between threads. A value heavier than the whole memory is not kept.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.weight = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """The value, or None when it is not remembered."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            return kept[0]

    def put(self, key: Key, value: Value, weight: int = 1) -> None:
        """Remember a value."""
        if weight > self.most:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = (value, weight)
            self.weight += weight
            while self.weight > self.most:
                self._drop(next(iter(self._kept)))

    def drop(self, key: Key) -> None:
        """Forget a value, if there is one."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.weight = 0

    def _drop(self, key: Key) -> None:
        self.weight -= self._kept.pop(key, (None, 0))[1]
