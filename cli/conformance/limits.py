"""How far something may be off before it is a finding, each with its reason. Times are seconds."""

from fractions import Fraction

EXTINF = Fraction(1, 1000)
"""Playlists are written to the millisecond or finer, and a fragment tells its length to the tick. Half a
frame would be too kind: over a film it adds up to half a minute of seeks into the wrong segment."""
EXTINF_DRIFT = Fraction(1, 20)
"""All roundings of a playlist together; beyond a frame or two a seek near the end shows another moment."""
JOINT = Fraction(1, 1000)
"""What the rounding of a coarse clock leaves; a lost frame is 16 ms at least."""
DRIFT = Fraction(1, 100)
"""All joints of a rendition together: half of what sound and picture may be apart."""
BOUNDARY = Fraction(1, 1000)
"""Between renditions; as for a joint."""
STEP = Fraction(1, 50)
"""Between sound and picture. People notice about 45 ms; players add theirs."""
FRAME_RATE = Fraction(1, 100)
"""Frames a second: tells 23.976 from 24, not how a rate was rounded."""
BANDWIDTH = Fraction(1, 10)
"""Of the measured. RFC 8216 section 4.3.4.2 asks for an upper bound; Apple for one within 10 %."""
TIMESTAMP_MAP = Fraction(1, 20)
"""Subtitles against the picture: a frame or two."""
CUE_BEYOND = Fraction(1)
"""Subtitles may stay a moment longer than the picture."""
LARGEST_FILE = 512 * 1024**2
"""Bytes of one segment that are read: a 4 s segment at 1 Gbit/s."""
