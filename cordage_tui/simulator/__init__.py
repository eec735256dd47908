"""An independent Cordage: imports nothing else of ours. Serves the demo, the tests and `simulate`.

Start reading at `world` (what there is), `origins` (what is answered) and `server` (how it is served).
"""
