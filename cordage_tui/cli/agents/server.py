"""Server of the Model Context Protocol over stdin and stdout. The one module that imports its SDK, which the extra `mcp` installs."""

import asyncio
import io
import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from anyio import AsyncFile
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from cordage_tui import __version__
from cordage_tui.cli.agents.session import AgentSession
from cordage_tui.cli.agents.tools import INSTRUCTIONS, TOOLS, AgentTool, ToolError, call
from cordage_tui.cli.base.errors import PROGRAM
from cordage_tui.cli.base.output_streams import print_message
from cordage_tui.domain.secrets import traceback_text

_BUG: Final = "cordage-tui met a bug of its own. Tell the user, and do not enqueue it again: it may be queued."

_DAMAGED: Final = "Tell the user to run cordage-tui queue, which repairs it. Do not enqueue it again: it may be queued."


async def serve(session: AgentSession, keys: tuple[str, ...]) -> None:
    """Answer a client until it closes stdin; `keys` are webhook keys, which are masked in every result."""

    async def list_tools(context: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_described(tool) for tool in TOOLS])

    async def call_tool(context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        try:
            result = await call(session, keys, params.name, params.arguments or {})
        except ToolError as refused:
            return _error(refused.words)
        except Exception as bug:  # noqa: BLE001  shown in full to the user, without ending the session
            if (damage := session.find_damage()) is not None:
                return _error(f"{damage.what} {_DAMAGED}")
            print_message(traceback_text(bug))
            return _error(_BUG)
        text = TextContent(type="text", text=json.dumps(result, ensure_ascii=False))
        return CallToolResult(content=[text], structured_content=result)

    server = Server(
        PROGRAM,
        version=__version__,
        title="Cordage runs",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    try:
        async with stdio_server(stdin=StdinLines()) as (read, write):  # redirects stdout to stderr for all other output
            await server.run(read, write, server.create_initialization_options())
    except* BrokenPipeError:  # the client stopped reading: the end of stdin will follow
        pass


class StdinLines(AsyncFile[str]):
    """Lines of stdin, read in a daemon thread: a read of the SDK's own cannot be cancelled, and would hold up the end."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self._lines = asyncio.Queue[str]()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(os.dup(0),), name="stdin", daemon=True).start()
        with Path(os.devnull).open("rb") as devnull:
            os.dup2(devnull.fileno(), 0)  # programs of the user that this one starts must not read the protocol

    async def readline(self) -> str:
        """Return the next line; empty at the end."""
        return await self._lines.get()

    def _read(self, descriptor: int) -> None:
        with suppress(OSError, RuntimeError), os.fdopen(descriptor, "rb") as file:  # RuntimeError: the loop is closed
            for line in file:
                self._loop.call_soon_threadsafe(self._lines.put_nowait, line.decode(errors="replace"))
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._lines.put_nowait, "")


def _described(tool: AgentTool) -> Tool:
    hints = ToolAnnotations(
        read_only_hint=tool.reads_only,
        destructive_hint=tool.destroys,
        idempotent_hint=tool.repeats,
        open_world_hint=tool.reaches_out,
    )
    return Tool(name=tool.name, description=tool.description, input_schema=tool.schema, annotations=hints)


def _error(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)
