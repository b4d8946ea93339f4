"""What can be found wrong, as values: a code, where, and what was measured. docs/verify.md explains each."""

from dataclasses import dataclass

ERRORS = {
    "no_master": "There is no master playlist.",
    "several_masters": "There is more than one master playlist.",
    "playlist_missing": "A playlist that is named is not there.",
    "playlist_unreadable": "A playlist breaks the format.",
    "codecs_wrong": "CODECS is not what the segments hold.",
    "resolution_wrong": "RESOLUTION is not the picture's size.",
    "frame_rate_wrong": "FRAME-RATE is not what was measured.",
    "bandwidth_low": "BANDWIDTH is too low.",
    "bandwidth_high": "BANDWIDTH is too high.",
    "average_bandwidth_low": "AVERAGE-BANDWIDTH is too low.",
    "average_bandwidth_high": "AVERAGE-BANDWIDTH is too high.",
    "group_missing": "A variant names a group that does not exist.",
    "track_missing": "A rendition lacks the picture or the sound that it is for.",
    "version_low": "EXT-X-VERSION is below what the playlist uses.",
    "target_duration_low": "TARGETDURATION is below the longest segment.",
    "target_durations_differ": "Playlists of one master have different target durations.",
    "extinf_wrong": "EXTINF is not how long the segment lasts.",
    "extinf_drift": "The roundings of EXTINF add up.",
    "no_end": "The playlist has no end and does not say that it grows.",
    "map_missing": "Fragments without EXT-X-MAP.",
    "init_missing": "An init segment is not there.",
    "init_unreadable": "An init segment is broken.",
    "init_changed": "The codec's configuration changes without a discontinuity.",
    "encrypted": "Encrypted segments cannot be measured.",
    "segment_missing": "A segment is not there.",
    "segment_empty": "A segment has no bytes.",
    "segment_truncated": "A segment is cut short.",
    "segment_unreadable": "A segment is broken.",
    "segment_repeated": "A segment is there twice.",
    "gap": "Time is missing.",
    "overlap": "Time is there twice.",
    "shown_gap": "Pictures are missing on the screen's clock.",
    "shown_overlap": "Pictures overlap on the screen's clock.",
    "drift": "Small errors at the joints add up.",
    "no_keyframe_first": "A segment does not start with a keyframe.",
    "keyframe_flag_wrong": "A picture is marked a keyframe and is none.",
    "segments_differ": "Renditions have different numbers of segments.",
    "boundaries_differ": "Renditions are cut at different times.",
    "discontinuities_differ": "Renditions have their discontinuities at different segments.",
    "keyframes_differ": "Renditions have their keyframes at different times.",
    "frames_differ": "Renditions of one frame rate have different numbers of frames.",
    "durations_differ": "Renditions end at different times.",
    "starts_apart": "Sound and picture do not start together.",
    "subtitles_unreadable": "A subtitle segment is no WebVTT.",
    "timestamp_map_wrong": "Subtitles are mapped to another time than the picture's.",
    "cue_outside": "A subtitle lies outside the video.",
    "ends_apart": "Sound and picture do not end together.",
    "decode_error": "The decoder complains.",
    "decode_count": "The decoder shows another number of frames.",
}
WARNINGS = {
    "codecs_missing": "A variant does not say its CODECS.",
    "resolution_missing": "A variant with a picture does not say its RESOLUTION.",
    "frame_rate_missing": "A variant with a picture does not say its FRAME-RATE.",
    "average_bandwidth_missing": "A variant does not say its AVERAGE-BANDWIDTH.",
    "independent_unsaid": "EXT-X-INDEPENDENT-SEGMENTS is missing, and would be true.",
    "timestamp_map_missing": "Subtitles lack X-TIMESTAMP-MAP; the picture starts at 0, so no harm is done.",
    "language_missing": "Subtitles without a LANGUAGE.",
}


@dataclass(frozen=True)
class Finding:
    code: str
    where: str
    """A playlist or segment, as the playlists name it."""
    said: str
    """With the figures."""

    @property
    def severity(self) -> str:
        return "error" if self.code in ERRORS else "warning"

    @property
    def meaning(self) -> str:
        return (ERRORS | WARNINGS)[self.code]
