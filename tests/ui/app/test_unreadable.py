"""The screen during and after a time in which the store cannot be read."""

from cordage_tui.store.errors import DatabaseLocked


async def test_what_happened_while_nothing_could_be_read_is_shown_as_soon_as_it_can(opened, monkeypatch):
    """Changes made while the store was locked are shown without a key as soon as it can be read."""
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


async def test_damaged_text_is_said_and_nothing_ends(opened):
    """Damaged text of a run is reported once, and the app continues."""
    async with opened() as program:
        engine = program.main.engine
        engine.queue.pause()
        engine.queue.submit(program.world.webhooks[0].key, {"prompt": "fox"})
        row = engine.queue.submit(program.world.webhooks[0].key, {"prompt": "owl"})  # below the cursor, so it is shown
        await program.until(lambda: {"fox", "owl"} <= set(program.rows()))
        database = engine.store.outbox._database
        with database.write() as write:
            write.execute("UPDATE details SET inputs = CAST(x'7BFF7D' AS TEXT) WHERE id = ?", (row,))
            write.touch(row)
        await program.until(lambda: engine.store.damaged is not None)
        await program.sees("damaged (a text")
        assert not program.app.crash.has_happened and {"fox", "owl"} <= set(program.rows())
        assert not program.main.reads.recovers(), "it is said once, not at each look"
