"""Contact sheet: the outputs of many runs in a grid."""
