"""Two runs side by side: their outputs, what differs in what they were given, and how they went."""
