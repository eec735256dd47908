"""Linear mode: the engine as a line program, for screen readers, dumb terminals and slow lines."""
