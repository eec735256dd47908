"""One output over the whole screen: a picture as large as it goes, a text to read."""
