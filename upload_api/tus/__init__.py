"""Uploads that go on after any interruption: tus 1.0.0, as tus.io has it, over S3 multipart."""
