"""From what was written, or a file, to the bodies of a batch: pure, shared by the prompt panel and the command line."""
