"""What can be typed, command by command. argparse and the standard library only: help and completion must be quick."""
