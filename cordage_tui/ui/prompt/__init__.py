"""The prompt panel: text, input fields, history."""
