"""Patches of Textual and Rich: no other place uses their private names.

Each file gives public names to such private names, for the rest of the program.
Each use says three things: its trap in docs/dev/library-traps.md, what users would notice without it, and which change
upstream would make it unnecessary.
"""
