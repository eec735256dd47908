"""A curl command that is pasted into the prompt."""


def command(key: str, body: str = '{"prompt": "a fox", "style": "noir", "steps": 30}') -> str:
    """Return a curl command that triggers the webhook and contains an API key."""
    return (
        f"curl -X POST https://api.example.com/v1/{key}/trigger -H 'Authorization: Bearer sk-very-secret' -d '{body}'"
    )


async def test_a_pasted_curl_command_fills_the_panel_for_its_webhook(opened):
    """A pasted curl command fills prompt, fields and webhook; nothing is sent, and its API key is nowhere visible."""
    async with opened(120, 36) as program:
        second = program.world.webhooks[1]
        await program.press("t")
        await program.pastes(command(second.key))
        await program.sees("Nothing was sent.")
        panel = program.widget("prompt")
        assert panel.webhook.key == second.key and program.at() == "prompt"
        assert panel.inputs() == {"prompt": "a fox", "style": "noir", "steps": 30}
        assert program.posts == [] and "sk-very-secret" not in program.text()
        await program.press("enter")
        await program.until(lambda: len(program.posts) == 1)
        assert [run.inputs for run in program.world.list_runs(second.key)] == [
            {"prompt": "a fox", "style": "noir", "steps": 30}
        ]


async def test_a_command_for_another_webhook_or_for_none_fills_nothing(opened):
    """A curl command for an unknown webhook shows the reason, and none of its text gets into the prompt."""
    async with opened(120, 36) as program:
        await program.press("t")
        await program.pastes(command("wh_of_somebody_else"))
        await program.sees("not in this profile")
        await program.pastes("curl https://api.example.com/v1/me -H 'Authorization: Bearer sk-very-secret'")
        await program.sees("does not trigger a webhook")
        assert program.widget("prompt").editor.text == ""


async def test_a_command_after_other_text_stays_text(opened):
    """A curl command pasted after other text is inserted as text."""
    async with opened(120, 36) as program:
        await program.press("t")
        await program.writes("poster: ")
        await program.pastes("curl https://x.example/wh/trigger")
        await program.until(lambda: program.widget("prompt").editor.text == "poster: curl https://x.example/wh/trigger")


async def test_the_toast_names_the_server_of_a_command_for_another_server(opened):
    """The server of a curl command is not used, so the toast names it and the server that gets the prompt."""
    async with opened(120, 36) as program:
        await program.press("t")
        key = program.world.webhooks[0].key
        await program.pastes(f"curl -X POST https://cordage.example.com/api/webhooks/{key}/trigger -d '{{}}'")
        await program.sees("cordage.example.com")
        assert program.posts == []


async def test_a_command_after_a_blank_is_read_as_in_an_empty_prompt(opened):
    """A prompt with only blanks counts as empty, and pasted carriage returns end lines of the command."""
    async with opened(120, 36) as program:
        key = program.world.webhooks[0].key
        await program.press("t")
        await program.writes(" ")
        await program.pastes(command(key).replace(" -H", " \\\r  -H"))
        await program.sees("Nothing was sent.")
        assert program.widget("prompt").inputs() == {"prompt": "a fox", "style": "noir", "steps": 30}


async def test_a_command_after_a_letter_is_asked_about(opened):
    """Enter previews a prompt that contains a curl command, and sends nothing."""
    async with opened(120, 36) as program:
        await program.press("t")
        await program.writes("t")
        await program.pastes(command(program.world.webhooks[0].key))
        await program.press("enter")
        await program.sees("has a curl command in it")
        assert program.posts == []


async def test_the_own_api_key_is_never_sent(opened):
    """Enter refuses a prompt with the API key in it, and the prompt stays in the panel."""
    async with opened(120, 36) as program:
        key = program.world.api_key
        await program.press("t")
        await program.pastes(f"a fox {key}")
        await program.press("enter")
        await program.until(lambda: any("API key" in toast.message for toast in program.app._notifications))
        assert program.posts == [] and key in program.widget("prompt").editor.text
