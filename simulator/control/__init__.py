"""The control API: how a test, a tour or a person makes things happen."""
