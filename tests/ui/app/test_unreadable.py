"""The screen after a time in which the store could not be read."""

from cordage_tui.store.errors import DatabaseLocked


async def test_what_happened_while_nothing_could_be_read_is_shown_as_soon_as_it_can(opened, monkeypatch):
    """Without a key: the list would be of before, and nothing would say so."""
    async with opened() as program:
        query = program.main.engine.store.query
        program.main.engine.queue.pause()  # nothing more happens to what is submitted

        def locked(*_):
            raise DatabaseLocked("Another program keeps the database locked.")

        with monkeypatch.context() as patch:
            patch.setattr(type(query), "window", locked)
            patch.setattr(type(query), "count", locked)
            patch.setattr(type(program.main.engine.store.changes), "tail", locked)
            program.main.engine.queue.submit(program.world.webhooks[0].key, {"prompt": "fox"})
            await program.sees("Another program keeps the database locked.")
            assert program.rows() == {}
        await program.until(lambda: "fox" in program.rows())
