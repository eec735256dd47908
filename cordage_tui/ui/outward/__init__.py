"""What leaves the program by the user's hand: onto the clipboard, into a viewer, into files."""
