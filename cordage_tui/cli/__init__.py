"""The command line: parses, calls the engine, prints. The only room that prints or exits."""
