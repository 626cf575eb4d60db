"""The numbers about moderation."""

from hub.http.schema.operation import MOMENT, NUMBER, TEXT, Operation, Parameter, mapping, maybe, record

COUNT = maybe(NUMBER)
COUNTS = mapping(COUNT)
HOURS = maybe({"type": "number"})

TABLE = {
    "transparency.Transparency.get": Operation(
        "Transparency",
        "Moderation in numbers",
        {
            200: record(
                period=record(name=maybe(TEXT), since=maybe(MOMENT), until=maybe(MOMENT)),
                roundedTo=NUMBER,
                cases=record(
                    total=COUNT, bySubject=COUNTS, bySource=COUNTS, byCause=COUNTS, byOutcome=COUNTS
                ),
                flags=record(bySource=COUNTS, byCause=COUNTS),
                automatic=record(made=COUNT, undone=COUNT),
                appeals=mapping(COUNTS),
                medianHours=record(toFirstMeasure=HOURS, toDecision=HOURS, toAnswerAppeals=HOURS),
            )
        },
        query=(Parameter("period", "A year as 2026 or a quarter as 2026-Q4; without it all time."),),
    ),
}
