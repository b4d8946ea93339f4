"""A master playlist with everything that it names, measured."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.conformance.master import Master, Media, Variant
from cli.conformance.renditions import Rendition
from cli.conformance.subtitles import Subtitles


@dataclass
class Tree:
    address: str
    master: Master
    renditions: dict[str, Rendition] = field(default_factory=dict)
    """Of pictures and sound, by URI; what could not be read is not there."""
    subtitles: dict[str, Subtitles] = field(default_factory=dict)

    def variants(self) -> Iterator[tuple[Variant, Rendition]]:
        """Those that could be read."""
        for variant in self.master.variants:
            if variant.uri in self.renditions:
                yield variant, self.renditions[variant.uri]

    def sounds(self, variant: Variant) -> list[Media]:
        """Those with a playlist of their own."""
        group = self.master.group("AUDIO", variant.groups.get("AUDIO"))
        return [one for one in group if one.uri is not None]

    def heard_with(self, variant: Variant) -> list[Rendition]:
        uris = [one.uri for one in self.sounds(variant)]
        return [self.renditions[uri] for uri in uris if uri in self.renditions]
