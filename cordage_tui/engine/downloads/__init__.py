"""Downloads of outputs: three at a time, each whole or not at all, each file once."""
