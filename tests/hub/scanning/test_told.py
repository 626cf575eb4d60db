"""What the news of a scan says of a file with more findings than it tells."""

from hub.scanning.findings import TOLD_AT_MOST
from hub.scanning.models import Scan
from hub.scanning.running import _told


def test_the_worst_finding_is_told_however_many_came_before_it():
    many = [
        {"rule": "import", "message": "imports a name", "where": f"byte {number}", "severity": "suspicious"}
        for number in range(TOLD_AT_MOST * 2)
    ]
    worst = {"rule": "import", "message": "imports os.system", "where": "byte 999", "severity": "dangerous"}
    scan = Scan(scanner="artifact", version="1", verdict="dangerous", findings=[*many, worst])
    told = _told(scan, scan.findings)
    assert told["findings"][0] == worst
    assert len(told["findings"]) == TOLD_AT_MOST


def test_what_is_new_is_told_before_what_is_worse_and_was_said_before():
    new, known = (
        {"rule": "import", "message": "imports a name", "where": where, "severity": severity}
        for where, severity in (("byte 1", "suspicious"), ("byte 2", "dangerous"))
    )
    scan = Scan(scanner="artifact", version="2", verdict="dangerous", findings=[known, new])
    assert _told(scan, [new])["findings"] == [new, known]
    assert [_told(scan, some)["again"] for some in ([new], [])] == [False, True]
