"""Whether clocks agree. Only the database's decides about leases; people and signatures need the others."""

from datetime import datetime, timedelta

from pipeline.checkup.findings import Finding, in_words, note, ok, wrong

_AGREE = timedelta(seconds=5)
"""Nobody notices less."""
_TOO_FAR = timedelta(minutes=4)
"""Receivers refuse notices that are five minutes off, stores requests that are fifteen."""
_MEND = "Keep clocks by NTP on every machine: timedatectl set-ntp true"


def of_clock(whose: str, told: datetime, asked: datetime, answered: datetime) -> Finding:
    """`told` by that clock, at some moment between the other two by ours."""
    off = max(asked - told, told - answered, timedelta(0))
    code = f"{whose}_clock"
    if off <= _AGREE:
        return ok("clocks", code, f"The {whose}'s clock agrees with this host's.")
    ahead = "ahead of" if told > answered else "behind"
    said = f"The {whose}'s clock is {in_words(off.total_seconds())} {ahead} this host's."
    if off <= _TOO_FAR:
        return note("clocks", code, said, _MEND)
    why = " Signed requests and notices will be refused, or soon."
    return wrong("clocks", code, said + why, _MEND)
