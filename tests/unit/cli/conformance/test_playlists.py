"""The checker's own reader of playlists is strict, and says in which line it stumbles."""

from fractions import Fraction

import pytest

from cli.conformance.attributes import Range, Unreadable, attributes
from cli.conformance.master import is_master, read_master
from cli.conformance.media import Part, read_media

MASTER = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="One, or two",LANGUAGE="en",URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS="avc1.64001e, mp4a.40.2",FRAME-RATE=29.970,AUDIO="a"
v.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-VERSION:4
#EXT-X-TARGETDURATION:4
#EXT-X-PLAYLIST-TYPE:EVENT
# a comment
#EXTINF:4.000,a title, with commas
#EXT-X-BYTERANGE:100@50
all.ts
#EXT-X-DISCONTINUITY
#EXTINF:3.5,
#EXT-X-BYTERANGE:200
all.ts
"""


def test_a_master_is_read_with_commas_inside_of_quotes() -> None:
    master = read_master(MASTER)
    [variant], [sound] = master.variants, master.media
    assert is_master(MASTER)
    assert (variant.codecs, variant.frame_rate) == (("avc1.64001e", "mp4a.40.2"), Fraction("29.970"))
    assert (sound.name, sound.language, sound.uri) == ("One, or two", "en", "a.m3u8")
    assert master.group("AUDIO", variant.groups["AUDIO"]) == [sound]
    assert master.independent


def test_a_media_playlist_is_read_with_ranges_that_follow_each_other() -> None:
    playlist = read_media(MEDIA)
    assert [entry.part for entry in playlist.entries] == [
        Part("all.ts", Range(50, 100)),
        Part("all.ts", Range(150, 200)),
    ]
    assert [entry.seconds for entry in playlist.entries] == [4, Fraction(7, 2)]
    assert [entry.discontinuity for entry in playlist.entries] == [False, True]
    assert (playlist.growing, playlist.needs) == (True, 4)
    assert not read_media(MEDIA + "#EXT-X-ENDLIST\n").growing


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#EXTINF:4,\na.ts\n", "the first line is not #EXTM3U"),
        ("", "the first line is not #EXTM3U"),
        (MEDIA.replace("#EXTINF:3.5,\n", ""), "line 11: no EXTINF before all.ts"),
        (MEDIA.replace("3.5", "three"), "line 10: EXTINF is no number"),
        (MEDIA.replace("100@50", "100"), "line 8: a byte range without a start follows no other"),
        (MEDIA.replace("#EXT-X-TARGETDURATION:4\n", ""), "EXT-X-TARGETDURATION is missing"),
        (MEDIA.replace("EVENT", "LIVE"), "EXT-X-PLAYLIST-TYPE is LIVE"),
        (MEDIA + "#EXTINF:1,\n", "the last EXTINF has no URI"),
        (MEDIA + "#EXT-X-VERSION:4\n", "EXT-X-VERSION is there twice"),
        (MEDIA + "#EXT-X-MAP:URI=init.mp4\n", "URI must be in quotes"),
        (MEDIA + "#EXT-X-STREAM-INF:BANDWIDTH=1\n", "belongs in a master playlist"),
    ],
)
def test_a_broken_media_playlist_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_media(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (MASTER.replace("v.m3u8\n", ""), "a URI must follow here"),
        (MASTER + "w.m3u8\n", "line 6: a URI without EXT-X-STREAM-INF"),
        (MASTER.replace("BANDWIDTH=1000,", ""), "BANDWIDTH is missing"),
        (MASTER.replace("TYPE=AUDIO,", ""), "without a TYPE"),
        (MASTER + "#EXTINF:4,\na.ts\n", "belongs in a media playlist"),
        ("#EXTM3U\n", "it names no variant"),
    ],
)
def test_a_broken_master_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_master(text)


@pytest.mark.parametrize("text", ["A", "A=", 'A="open', "A=1,,B=2", "a=1", "A=1,A=2", 'A="x"y'])
def test_what_is_no_attribute_list_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        attributes(text)
