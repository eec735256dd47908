"""Which key words on screen name."""

from cordage_tui.ui.keys.footer import main_key


async def test_the_key_that_works_is_named(keyed) -> None:
    """The first of its default keys; the user's own where there is one; none for what no key reaches from here."""
    app = keyed()
    async with app.run_test():
        assert main_key(app.screen, "panel.prompt") == "t"
        assert main_key(app.screen, "app.commands") == ":"
        app.set_keymap({"panel.prompt": "ctrl+o"})
        assert main_key(app.screen, "panel.prompt") == "ctrl+o"
        assert main_key(app.screen, "no.such") == ""
