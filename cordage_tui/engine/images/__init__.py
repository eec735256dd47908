"""Images of outputs: fetch, decode in a sandboxed process, cache, render."""
