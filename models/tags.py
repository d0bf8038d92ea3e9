"""The tags of a word for one label."""

O, B, I = 0, 1, 2  # noqa: E741
