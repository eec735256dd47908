"""Images drawn in the terminal: half blocks, Kitty graphics, Sixel."""
