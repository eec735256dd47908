"""Every key from one list of actions: bindings, footer, help, palette, key maps."""
