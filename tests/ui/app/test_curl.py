"""A curl command pasted into the prompt."""


def command(key: str, body: str = '{"prompt": "a fox", "style": "noir", "steps": 30}') -> str:
    return (
        f"curl -X POST https://api.example.com/v1/{key}/trigger -H 'Authorization: Bearer sk-very-secret' -d '{body}'"
    )


async def test_a_pasted_curl_command_fills_the_panel_for_its_webhook(opened):
    """Prompt, fields and webhook; nothing is sent, and the API key in it is nowhere."""
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
    """It says why; and no part of it becomes a prompt, as its API key would be sent."""
    async with opened(120, 36) as program:
        await program.press("t")
        await program.pastes(command("wh_of_somebody_else"))
        await program.sees("not in this profile")
        await program.pastes("curl https://api.example.com/v1/me -H 'Authorization: Bearer sk-very-secret'")
        await program.sees("does not trigger a webhook")
        assert program.widget("prompt").editor.text == ""


async def test_beside_other_text_it_is_text(opened):
    """Somebody writes about curl."""
    async with opened(120, 36) as program:
        await program.press("t")
        await program.writes("poster: ")
        await program.pastes("curl https://x.example/wh/trigger")
        await program.until(lambda: program.widget("prompt").editor.text == "poster: curl https://x.example/wh/trigger")


async def test_a_command_for_another_server_is_said_to_go_to_this_one(opened):
    """The server of the command is not used, so the toast names it beside the one that gets the prompt."""
    async with opened(120, 36) as program:
        await program.press("t")
        key = program.world.webhooks[0].key
        await program.pastes(f"curl -X POST https://cordage.example.com/api/webhooks/{key}/trigger -d '{{}}'")
        await program.sees("cordage.example.com")
        assert program.posts == []


async def test_beside_a_blank_it_is_read_as_in_an_empty_prompt(opened):
    """A blank is no text that somebody wants to keep; terminals paste carriage returns."""
    async with opened(120, 36) as program:
        key = program.world.webhooks[0].key
        await program.press("t")
        await program.writes(" ")
        await program.pastes(command(key).replace(" -H", " \\\r  -H"))
        await program.sees("Nothing was sent.")
        assert program.widget("prompt").inputs() == {"prompt": "a fox", "style": "noir", "steps": 30}


async def test_behind_a_letter_it_is_asked_about(opened):
    """Enter opens the preview, which says that the prompt has a curl command in it; nothing is sent."""
    async with opened(120, 36) as program:
        await program.press("t")
        await program.writes("t")
        await program.pastes(command(program.world.webhooks[0].key))
        await program.press("enter")
        await program.sees("has a curl command in it")
        assert program.posts == []


async def test_the_own_api_key_goes_to_nobody(opened):
    """Enter refuses it, and the prompt stays in the panel."""
    async with opened(120, 36) as program:
        key = program.world.api_key
        await program.press("t")
        await program.pastes(f"a fox {key}")
        await program.press("enter")
        await program.until(lambda: any("API key" in toast.message for toast in program.app._notifications))
        assert program.posts == [] and key in program.widget("prompt").editor.text
