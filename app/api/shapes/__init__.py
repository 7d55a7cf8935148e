"""Bodies that come in and answers that go out, one module a subject."""
