"""What tells where something was filmed: names that cameras give to tags, and coordinates in a text. Pure."""

import re

_NAME = re.compile(
    r"gps|location|geo(?!b)|latitude|longt?itude|coordinate|(?<![a-z])xyz(?![a-z])|6709", re.IGNORECASE
)
"""`geob` is any object in ID3; DJI writes `longtitude`."""
_NUMBER = r"[-+]?\d{1,3}[.,]\d"
_PART, _QUOTE = r"\d{1,2}(?:\.\d{1,12})?", "['\"\u2032\u2033\u2019\u201d]"
"""Of minutes and seconds of an arc, and what stands behind them."""
_COORDINATES = re.compile(
    rf"(?<![a-z])(?:gps|home ?\(|lat(?:itude)?|lon|lng|longt?itude|coord[a-z]{{0,8}})[^\w+-]{{0,6}}[NSEW]?"
    rf"[^\w+-]{{0,2}}{_NUMBER}"  # `GPS(2.2945,48.8584,20)`, `[latitude : 48.85]`
    r"|\d{1,3}\.\d{4,12}[^\d.]{0,8}\d{1,3}\.\d{4,12}"  # two of them, exact to 10 m; ISO 6709
    r"|[NS] ?\d{1,2}\.\d{2,12}[^\d.]{0,8}[EW] ?\d{1,3}\.\d"
    r"|\d{1,3}\.\d{2,12} ?[°º] ?(?-i:[NSEW])(?![a-z])"
    rf"|\d{{1,3}} ?[°º] ?{_PART} ?{_QUOTE} ?(?:{_PART} ?{_QUOTE}{{1,2}} ?)?(?-i:[NSEW])(?![a-z])"
    r"|\$G[A-Z]{4},",  # a line of a receiver (NMEA 0183)
    re.IGNORECASE,
)


def names_place(name: str) -> bool:
    return _NAME.search(name) is not None


def tells_place(text: str) -> bool:
    """Whether it holds coordinates; a place that is only named is none."""
    return _COORDINATES.search(text) is not None
