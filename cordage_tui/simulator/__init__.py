"""An independent Cordage for the demo, the tests and `simulate`. It imports no other room of the program.

Start reading at `world` (the state), `origins` (the answers) and `server` (the listening).
"""
