"""Pictures on the screen: in half blocks everywhere, in pixels where the terminal said that it can."""
