"""An independent Cordage: imports nothing else of ours. Serves the demo, the tests and `simulate`."""
