"""The key that texts on the screen name for an action."""

from cordage_tui.ui.keys.footer import main_key


async def test_the_key_that_works_is_named(keyed) -> None:
    """The named key is the user's own or the first default key, or empty if no key reaches the action."""
    app = keyed()
    async with app.run_test():
        assert main_key(app.screen, "panel.prompt") == "t"
        assert main_key(app.screen, "app.commands") == ":"
        app.set_keymap({"panel.prompt": "ctrl+o"})
        assert main_key(app.screen, "panel.prompt") == "ctrl+o"
        assert main_key(app.screen, "no.such") == ""
