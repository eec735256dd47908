"""The contact sheet: the outputs of many runs as a grid, to look at, to choose from and to keep."""
