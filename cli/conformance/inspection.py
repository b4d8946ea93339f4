"""Reads a tree from its master playlist on, measures all of it, and lists what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from cli.conformance.alignment_checks import check_alignment
from cli.conformance.attributes import Unreadable
from cli.conformance.findings import Finding
from cli.conformance.joint_checks import check_joints
from cli.conformance.master import Master, read_master
from cli.conformance.master_checks import check_master
from cli.conformance.media import MediaPlaylist, read_media
from cli.conformance.places import Absent, Place
from cli.conformance.playlist_checks import check_playlist
from cli.conformance.renditions import measure_rendition
from cli.conformance.step_checks import check_step
from cli.conformance.subtitles import check_subtitles, measure_subtitles
from cli.conformance.tracks import VIDEO
from cli.conformance.tree import Tree

Playlist = TypeVar("Playlist")


@dataclass
class Inspection:
    """What came of it."""

    address: str
    findings: list[Finding] = field(default_factory=list)
    tree: Tree | None = None

    def conforms(self, *, strict: bool) -> bool:
        return not any(strict or finding.severity == "error" for finding in self.findings)


def inspect(place: Place, address: str, busy: Callable[[str], None] = lambda _: None) -> Inspection:
    """`busy` hears which playlist is being measured."""
    done = Inspection(address)
    master = _read(place, address, "master", read_master, done.findings)
    if master is None:
        return done
    done.tree = tree = Tree(address, master)
    for uri, is_words in _named(master).items():
        busy(uri)
        _measure(place, tree, uri, done.findings, is_words=is_words)
    for uri in master.stills:
        _playlist(place, tree, uri, done.findings)  # only that it can be read
    done.findings += [*check_master(tree), *check_step(tree)]
    for rendition in tree.renditions.values():
        done.findings += [*check_playlist(rendition), *check_joints(rendition)]
    # A variant may be listed again with other sound.
    done.findings += check_alignment(list({one.name: one for _, one in tree.variants()}.values()))
    done.findings += _subtitle_findings(tree)
    return done


def _named(master: Master) -> dict[str, bool]:
    """Every playlist once, and whether it is of subtitles."""
    named = {variant.uri: False for variant in master.variants}
    return named | {
        one.uri: one.type == "SUBTITLES"
        for one in master.media
        if one.uri is not None and one.uri not in named
    }


def _playlist(
    place: Place, tree: Tree, uri: str, findings: list[Finding]
) -> tuple[str, MediaPlaylist] | None:
    try:
        address = place.join(tree.address, uri)
    except Absent as error:
        findings.append(Finding("playlist_missing", uri, str(error)))
        return None
    playlist = _read(place, address, uri, read_media, findings)
    return (address, playlist) if playlist else None


def _measure(place: Place, tree: Tree, uri: str, findings: list[Finding], *, is_words: bool) -> None:
    found = _playlist(place, tree, uri, findings)
    if found is None:
        return
    address, playlist = found
    if is_words:
        tree.subtitles[uri] = measure_subtitles(place, uri, address, playlist, findings.append)
    else:
        tree.renditions[uri] = measure_rendition(place, uri, address, playlist, findings.append)


def _read(
    place: Place, address: str, name: str, parse: Callable[[str], Playlist], findings: list[Finding]
) -> Playlist | None:
    try:
        return parse(place.read(address).decode())
    except Absent as error:
        findings.append(Finding("playlist_missing", name, str(error)))
    except UnicodeDecodeError:
        findings.append(Finding("playlist_unreadable", name, "it is not in UTF-8"))
    except Unreadable as error:
        findings.append(Finding("playlist_unreadable", name, str(error)))
    return None


def _subtitle_findings(tree: Tree) -> list[Finding]:
    pictures = [rendition.spans(VIDEO) for _, rendition in tree.variants() if rendition.whole]
    spans = next((spans for spans in pictures if spans), None)
    if spans is None:
        return []
    languages = {one.uri: one.language for one in tree.master.media}
    return [
        finding
        for uri, subtitles in tree.subtitles.items()
        for finding in check_subtitles(subtitles, languages[uri], spans[0].shown, spans[-1].shown_end)
    ]
