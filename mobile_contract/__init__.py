"""What shipped phones rely on: the schema, the operations they send, what a push looks like. Imports nothing of ours."""
