"""Follow one pickle instruction by instruction without running it, keeping the names and strings it handles.

The unpickler acts while it reads, so whatever was seen before a stream breaks has already happened. Where it
is unclear whether CPython would stop, the machine goes on: who stops early can be made to miss a call.
"""

from collections import ChainMap
from typing import Any

from hub.scanning import joblib_arrays
from hub.scanning.findings import Severity
from hub.scanning.pickle_effects import EFFECTS
from hub.scanning.pickle_opcodes import OPCODES, Broken, Opcode, read_argument
from hub.scanning.pickle_state import PickleState, Trace, may_be_text
from hub.scanning.pickle_values import Result
from hub.scanning.sources import RangeSource, TooMuch, Truncated

DEEPEST = 8
STEPS_BETWEEN_CHECKS = 4096


class PickleMachine(PickleState):
    """One run over one stream."""

    def run(self) -> Trace:
        """Read to STOP, or to where an unpickler would raise; TooMuch passes through with `trace` kept."""
        try:
            while not self.trace.complete:
                self.step()
        except Truncated as problem:
            self.trace.failure = f"it ends in the middle: {problem}"
        except Broken as problem:
            self.trace.failure = f"no unpickler reads on: {problem}"
        self.trace.end = self.stream.position
        return self.trace

    def step(self) -> None:
        """Read and follow one instruction."""
        self.at = self.stream.position
        opcode = OPCODES.get(code := self.stream.read(1))
        if opcode is None:
            raise Broken(f"{code!r} is no instruction")
        argument = read_argument(opcode, self.stream)
        self.trace.opcodes += 1
        if not self.trace.opcodes % STEPS_BETWEEN_CHECKS:
            self.budget.step(STEPS_BETWEEN_CHECKS)
        if self.frame_end:
            self.check_frame(opcode)
        EFFECTS[opcode.name](self, argument)

    def check_frame(self, opcode: Opcode) -> None:
        """Note an instruction that crosses the end of its frame."""
        if self.at < self.frame_end < self.stream.position:
            self.say_frames_disagree(f"the instruction {opcode.name} crosses the end of a frame")
        if self.stream.position >= self.frame_end:
            self.frame_end = 0

    def after_build(self, target: Result, state: Any) -> None:
        """Joblib's wrapper is followed by the bytes of its array, or by a pickle inside the stream."""
        if self.speculative or may_be_text(target):
            return
        layout = joblib_arrays.layout(state) if target.state is None else None
        if layout is None:
            raise Broken("an array of joblib whose size cannot be told")
        self.speculate(layout.objects)
        if layout.objects:
            self.inline()
        else:
            joblib_arrays.skip(self.stream, layout)

    def inline(self) -> None:
        """Follow a pickle that stands inside this one, with a stack and a memo of its own."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooMuch("it has pickles inside pickles, too many times over")
        outer = self.stack, self.marks, self.memo
        self.stack, self.marks, self.memo, self.frame_end = [], [], {}, 0
        while not self.trace.complete:
            self.step()
        self.trace.complete = False
        self.stack, self.marks, self.memo = outer
        self.frame_end = 0
        self.depth -= 1

    def speculate(self, objects: bool) -> None:
        """Follow what comes next as a plain unpickler would, which does not know of joblib's arrays.

        In place of an array of objects stands a pickle that numbers anew what it remembers. Read with outer
        numbers it imports nonsense, so there only names that are known to be dangerous count.
        """
        if not isinstance(self.source, RangeSource):
            raise Broken("an array of joblib in a packed file too large to hold")
        self.budget.step(len(self.stack))
        other = PickleMachine(self.source, self.budget, offset=self.stream.position, label=self.label)
        other.stack, other.marks, other.memo = [*self.stack], [*self.marks], ChainMap({}, self.memo)
        other.speculative = True
        trace = other.run()
        dangerous = any(finding.rule == "dangerous-import" for finding in trace.findings)
        unknown = trace.imports and trace.findings and (trace.calls or trace.complete)
        if dangerous or (unknown and not objects):
            self.trace.findings += trace.findings
            self.say("hidden-pickle", "has instructions where an array should be", Severity.DANGEROUS)
