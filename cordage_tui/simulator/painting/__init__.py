"""Sample images, composed from layers by the words of a prompt."""
