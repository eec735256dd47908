"""Keys: bindings, footer, help, palette and keymaps, all from one list of actions."""
