"""Damage of the database that the app meets: it says so in plain words, and is no bug of its own."""

import pytest

from cordage_tui.ui.app import DAMAGED


async def test_a_damaged_value_ends_the_app_with_plain_words(opened) -> None:
    """A value that nothing can read ends the app with the damage in words, not with a traceback; the next start looks for it."""
    with pytest.raises(ValueError, match="MatchedBy"):
        async with opened() as program:
            engine = program.main.engine
            engine.queue.pause()
            row = engine.queue.submit(program.world.webhooks[0].key, {"prompt": "fox"})
            await program.until(lambda: "fox" in program.rows())

            def damage() -> None:
                with engine.store.outbox._database.write() as write:
                    write.execute("UPDATE runs SET matched = 'x' WHERE id = ?", (row,))
                    write.touch(row)

            program.app.call_later(damage)
            await program.until(lambda: program.app.crash.has_happened)
    crash = program.app.crash
    assert f"is damaged (run {row} (matched))" in str(crash.damage)
    words = crash.record(None)
    assert "Traceback" not in words and "not sent again automatically" in words and "bug" not in words
    assert program.paths.database.with_name("cordage.db.check").exists()
    assert DAMAGED == 2
