"""The transcode step: plans a video, encodes its chunks, joins them."""
