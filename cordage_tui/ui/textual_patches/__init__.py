"""The one place that uses private names of Textual and Rich.

Each file gives such names a public one, for the rest of the program.
Each use names its trap in docs/library-traps.md, what a user would feel without it, and what would make it unnecessary upstream.
"""
