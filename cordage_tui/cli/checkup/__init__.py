"""What `doctor` looks at, a room for each: this machine, the files, the server."""
