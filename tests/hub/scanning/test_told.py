"""What the news of a scan says of a file with more findings than it tells."""

from hub.scanning.models import Scan
from hub.scanning.running import FINDINGS_IN_EVENT, _told


def test_the_worst_finding_is_told_however_many_came_before_it():
    many = [
        {"rule": "import", "message": "imports a name", "where": f"byte {number}", "severity": "suspicious"}
        for number in range(FINDINGS_IN_EVENT * 2)
    ]
    worst = {"rule": "import", "message": "imports os.system", "where": "byte 999", "severity": "dangerous"}
    told = _told(Scan(scanner="artifact", version="1", verdict="dangerous", findings=[*many, worst]))
    assert told["findings"][0] == worst
    assert len(told["findings"]) == FINDINGS_IN_EVENT
