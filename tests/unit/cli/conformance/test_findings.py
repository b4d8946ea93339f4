"""Every finding is explained."""

import re

from cli.conformance.findings import ERRORS, WARNINGS
from cli.local.stack import ROOT

_PAGE = ROOT / "docs" / "verify.md"


def test_every_finding_is_on_its_page_with_its_severity_and_no_other_is() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", _PAGE.read_text(), re.MULTILINE))
    assert told == dict.fromkeys(ERRORS, "error") | dict.fromkeys(WARNINGS, "warning")


def test_no_code_is_both_an_error_and_a_warning() -> None:
    assert not ERRORS.keys() & WARNINGS.keys()
