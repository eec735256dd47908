"""Contact sheets as files: one labelled picture, or a page with its files beside it."""
