"""Actions of the main screen: a file for each subject."""
