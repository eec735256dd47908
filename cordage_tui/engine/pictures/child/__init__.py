"""The child process that decodes pictures: the only place that imports Pillow, and nothing of it runs in the program itself."""
