"""The Textual app."""

import gc
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.content import Content
from textual.driver import Driver
from textual.events import AppFocus, Resize

from cordage_tui.config.errors import ConfigError
from cordage_tui.config.key_lookup import FoundKey
from cordage_tui.config.launch_options import DemoServer, LaunchOptions
from cordage_tui.domain.base.clock import Clock, SystemClock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.connection_test import ConnectionField, ConnectionProblem
from cordage_tui.engine.processes.leadership import UnstoredRun
from cordage_tui.engine.processes.watchdog import Watchdog
from cordage_tui.engine.workspace import CREDENTIALS, Workspace
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store
from cordage_tui.ui.app_base import MAIN_STYLES, BaseApp
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.main.actions.navigation import KeyWanted, ProfileSwitchRequested
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.notifications import Notifier, toast
from cordage_tui.ui.suspending import Suspension
from cordage_tui.ui.terminal.driver import ReplyCapturingDriver, TerminalReply
from cordage_tui.ui.terminal.raw_sequences import BackgroundQuery, DriverWriter, KeyboardQuery, Terminal
from cordage_tui.ui.terminal.replies import BackgroundReply, KeyboardReply
from cordage_tui.ui.theme import AUTO, unknown_theme
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.ui.dialogs.base import Cover
    from cordage_tui.ui.keys.command_search import Command
    from cordage_tui.ui.main.welcome import Welcome
    from cordage_tui.ui.quit import QuitFlow


def demo_words(demo: DemoServer) -> Content:
    """Return the text about the demo: the addresses of the simulator, and a curl command that works with it."""
    return Content("\n").join(
        [
            Content("A simulated Cordage server runs inside this program, on this machine only. Nothing is charged,"),
            Content("and everything is deleted when you quit."),
            Content(""),
            Content.assemble(("API      ", "$quiet"), demo.base_url),
            Content.assemble(("outputs  ", "$quiet"), demo.storage_url),
            Content(""),
            Content("From another terminal:"),
            Content(""),
            literal(demo.curl, "$accent"),
            Content(""),
            literal(SafeText("The run it starts appears here within half a minute, or at once with r."), "$quiet"),
        ]
    )


THEME = "theme"
"""Name of the stored setting of the theme."""


class CordageApp(BaseApp):
    """App that shows one profile at a time, or the welcome screen."""

    CSS_PATH = [*MAIN_STYLES]  # parsing all stylesheets takes as long as drawing the first frame
    FIRST_SCREEN = MainScreen
    _command_keys: "Mapping[str, str]" = {}
    """Free keys of the user's commands, by name."""

    def __init__(self, launch: LaunchOptions, store: Store, clock: Clock, watchdog: Watchdog | None = None) -> None:
        super().__init__(launch.settings.theme or store.settings.get(THEME), launch.settings.themes)
        self.launch = launch
        self.crash.shows_locals = launch.demo is not None
        self.crash.find_damage = store.find_damage
        self.wants_demo = False
        self.renderer = ImageRenderer(
            self, DriverWriter(self), launch.settings.pictures.show, os.environ, store.settings
        )
        self.renderer.show_hint = partial(toast, self)
        self._store = store
        self._watchdog = watchdog
        self._workspace = Workspace(
            launch.paths,
            launch.settings,
            store,
            clock,
            read_only=launch.read_only,
            config_file=launch.config_file,
        )
        self.lost: Sequence[SafeText] = ()
        """What could not be saved at the end, in words for the terminal."""
        self.suspension = Suspension(self, lambda: self._workspace.engine)
        terminal = Terminal.of(self, os.environ)
        self.clip = Clipboard.of(self, terminal, launch)
        self.foreground = ForegroundProgram(self, self.clip.environ)
        self.background = BackgroundQuery(self, os.environ)
        self._notifier = Notifier(
            launch.settings.notices,
            terminal,
            lambda notice: toast(self, one_line(f"{notice.title}  {notice.body}", 200), error=notice.bad),
            self.set_timer,
            clock,
        )

    def on_mount(self) -> None:
        if self._watchdog is not None:
            self._watchdog.call(lambda code: self.quitting.last_save.end_soon(code))
        self.suspension.handle_stop_signal()
        self.app_resume_signal.subscribe(self, lambda _: self.terminal_cells.forget())
        self.app_resume_signal.subscribe(self, lambda _: self.renderer.renew())
        self.app_resume_signal.subscribe(self, lambda _: self.background.renew())
        if self.theme == AUTO:
            self.background.follow()  # as early as possible: the answer may come before the first frame
        # After the mount: until then Textual draws each frame, and discards it.
        self.call_later(self._open_first)

    async def _open_first(self) -> None:
        """Open the launched profile, or the welcome screen, and show problems with files, database and keys."""
        profile, key, settings = self.launch.profile, self.launch.key, self.launch.settings
        problems = [self._store.notice, *settings.warnings, unknown_theme(settings.theme, self.available_themes)]
        if settings.keys or any(command.key for command in settings.commands):
            from cordage_tui.ui.key_scopes import users_keymap

            keymap = users_keymap(settings.keys, settings.commands)
            self._command_keys = keymap.commands
            self.set_keymap(dict(keymap.keys))
            problems += keymap.problems
        if profile is not None and key is not None:
            await self._open(profile, key)
        else:
            self._welcome(self.launch.problem)
        for problem in filter(None, problems):
            toast(self, problem, error=True)
        self.call_after_refresh(_collect_garbage)
        self.call_after_refresh(self.screen_styles.read_later)
        self.call_after_refresh(self.renderer.query_terminal)
        self.call_after_refresh(KeyboardQuery(self, os.environ).follow)

    async def on_unmount(self) -> None:
        await self._workspace.close()
        self._workspace.record_end(self.return_code or 0, self.crash.bug)

    @property
    def is_ending(self) -> bool:
        """True if a signal has asked the process to end."""
        return self._watchdog is not None and self._watchdog.code is not None

    def get_driver_class(self) -> type[Driver]:
        """Return Textual's driver; for a real terminal, our driver that captures the terminal's replies."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen

        return ReplyCapturingDriver

    def on_terminal_reply(self, event: TerminalReply) -> None:
        if isinstance(event.answer, KeyboardReply):
            self.tells_modifiers = event.answer.tells_modifiers
        elif not isinstance(event.answer, BackgroundReply):
            self.renderer.on_reply(event.answer)
        elif event.answer.dark is not None:
            self.show_background(dark=event.answer.dark)

    def redraw(self) -> None:
        """Draw everything again, including pictures, because the terminal may not show the last frame."""
        self.renderer.forget()
        super().redraw()

    def on_terminal_lost(self) -> None:
        self.redraw()

    @on(AppFocus)
    @on(Resize)
    def on_resize(self) -> None:
        """Read the size of a cell again. Inside tmux, another terminal may show us now."""
        self.renderer.measure()

    def palette_commands(self) -> Iterable["Command"]:
        """Return the commands of the app: profiles, themes, and actions without a key."""
        from cordage_tui.ui.keys.command_search import PROFILE, Command
        from cordage_tui.ui.keys.palette import manual_commands, theme_commands

        if any(isinstance(screen, MainScreen) for screen in self.screen_stack):
            help = one_line("Add another key and webhook; tested before they are saved")
            yield Command(one_line("Connect a workspace"), self._welcome, help, words="login, new profile, sign in")
            help = one_line("Replace the key of this profile")
            yield Command(one_line("New API key"), self._ask_key, help, words="token, credential, login")
            open_now = self._workspace.engine.profile.name if self._workspace.engine else None
            for profile in self._workspace.settings.profiles:
                help = one_line("open now" if profile.name == open_now else f"{len(profile.webhooks)} webhooks")
                call = partial(self._change_to, profile)
                yield Command(one_line(profile.name), call, SafeText(f"profile · {help}"), kind=PROFILE)
        if self.renderer.tmux is not None and self.renderer.tmux.is_allowable:
            help = one_line("tmux passes pictures on from this pane until it ends")
            call = partial(self.run_worker, self.renderer.tmux.allow, group="tmux")
            yield Command(one_line("Pictures through tmux"), call, help, words="images, kitty, passthrough")
        if self.launch.demo is not None:
            help = one_line("Show where it serves, and a curl command that works")
            yield Command(one_line("About the demo"), self._about_demo, help, words="simulator")
        yield from theme_commands(self, self.choose_theme)
        yield from manual_commands(self)

    def action_suspend_process(self) -> None:
        """Suspend the program, if a shell can continue it."""
        self.suspension.request()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy for Textual's fields and its text selection."""
        self.clip.copy_quietly(text)

    @cached_property
    def quitting(self) -> "QuitFlow":
        """Way to the end of the program."""
        from cordage_tui.ui.quit import QuitFlow

        return QuitFlow(self, self._workspace, self._end, demo=self.launch.demo is not None)

    async def action_quit(self) -> None:
        """Quit immediately if no prompt would wait; else ask. The second time, do not wait for a locked database."""
        self.quitting.request_quit()

    @on(ProfileSwitchRequested)
    def _choose_profile(self) -> None:
        from cordage_tui.ui.keys.palette import profile_palette

        self.open_palette(profile_palette(self.palette_commands()))

    def on_welcome_demo(self) -> None:
        self.wants_demo = True
        self.quitting.last_save.quit()

    @work(group="profile", exclusive=True)
    async def _change_to(self, profile: Profile) -> None:
        """Find a profile's key, and open the profile, unless the user has left the cover by then.

        To find the key, a command or a keyring may take seconds.
        """
        cover = await self._cover(profile)
        key = await self._key_for(profile)
        if cover not in self.screen_stack:
            return
        if key is None:
            cover.dismiss()
        else:
            await self._open(profile, key)

    async def _cover(self, profile: Profile, *, leavable: bool = True) -> "Cover":
        """Cover the screen while the profile is opened, and return the cover."""
        from cordage_tui.ui.dialogs.base import Cover

        cover = Cover(one_line(f"Opening {profile.name}…"), leavable=leavable)
        await self.push_screen(cover)
        return cover

    async def _key_for(self, profile: Profile) -> FoundKey | None:
        """Return the API key of a profile; None: there is none, as a toast says."""
        is_launched = self.launch.profile is not None and profile.name == self.launch.profile.name
        try:
            key = self.launch.key if is_launched else await self._workspace.find_key(profile.name)
        except ConfigError as error:
            toast(self, error.what, error=True)
            return None
        if key is None:
            toast(
                self,
                one_line(f"No API key for profile {profile.name}. Save one with : and Connect a workspace."),
                error=True,
            )
        return key

    async def _open(self, profile: Profile, key: FoundKey) -> None:
        """Open a profile. Show the stored data immediately, and start polling after the first frame.

        While the profile that was open ends its calls, a cover takes all keys. They must not reach the old or the new screen.
        """
        if len(self.screen_stack) > 1:
            await self._cover(profile, leavable=False)
            if not await self.quitting.last_save.wait_or_stay():
                return
        engine = await self._workspace.open(profile, key)
        screen = MainScreen(
            engine,
            self._workspace.webhook_registry(engine),
            self._workspace.settings,
            self._workspace.clock,
            self._notifier,
            self.clip,
            self.renderer,
            self.foreground,
            demo=self.launch.demo is not None,
            command_keys=self._command_keys,
        )
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.push_screen(screen)
        with suppress(StoreError):
            if (elsewhere := engine.queue.queued_elsewhere()) is not None:
                toast(self, elsewhere)
        start = partial(self._workspace.start, engine)
        screen.call_after_refresh(self.run_worker, start, group="engine", exclusive=True)

    def _welcome(self, problem: SafeText | None = None) -> None:
        from cordage_tui.ui.main.welcome import Welcome

        self.push_screen(Welcome(self._workspace.settings.base_url, leavable=len(self.screen_stack) > 1))
        if problem:
            toast(self, problem, error=True)

    @work(group="connect", exclusive=True)
    async def on_welcome_connect(self, event: "Welcome.Connect") -> None:
        """Test key and webhook with one read. Only if they work, save and open them."""
        screen = event.screen
        screen.busy(SafeText("Testing the connection…"))
        try:
            outcome = await self._workspace.connect(event.key, event.webhook, event.base_url)
        except ConfigError as error:
            outcome = ConnectionProblem(ConnectionField.WEBHOOK, error.what)
        if screen is not self.screen:  # the user has left it, and stays on another screen
            if isinstance(outcome, ConnectionProblem):
                toast(self, outcome.words, error=True)
            else:
                toast(self, one_line(f"Saved as profile {outcome.name}; open it from the list of profiles."))
        elif isinstance(outcome, ConnectionProblem):
            screen.problem(outcome.words, outcome.field)
        else:
            await self._open(outcome, FoundKey(event.key, one_line(CREDENTIALS)))

    @on(KeyWanted)
    def _ask_key(self) -> None:
        from cordage_tui.ui.dialogs.connect import ApiKeyDialog

        engine = self._workspace.engine
        if engine is None or isinstance(self.screen, ApiKeyDialog):
            return
        storage_note = (
            "It is saved in credentials.toml."
            if self._workspace.keeps_keys
            else "Used until you quit; also update where it is stored."
        )
        reason = engine.leadership.refused or one_line("The current key works as far as is known.")

        def replaced(key: FoundKey | None) -> None:
            if key is not None:
                self.run_worker(self._open(engine.profile, key), group="profile", exclusive=True)

        dialog = ApiKeyDialog(reason, one_line(storage_note), partial(self._workspace.replace_key, engine))
        self.push_screen(dialog, replaced)

    def _about_demo(self) -> None:
        from cordage_tui.ui.dialogs.base import TextDialog

        if self.launch.demo is not None:
            self.push_screen(TextDialog(SafeText("About the demo"), demo_words(self.launch.demo)))

    def choose_theme(self, name: str) -> None:
        """Use a theme, and save its name for the next start."""
        super().choose_theme(name)
        if name == AUTO:
            self.background.follow()
        else:
            self.background.stop()
        try:
            self._store.settings.save(THEME, name)
        except StoreError as error:
            toast(self, error.what, error=True)

    def _end(self, code: int, lost: Sequence[SafeText]) -> None:
        self.lost = lost
        self._notifier.close()
        self.exit(return_code=code)


def _collect_garbage() -> None:
    """Collect garbage as usual from now on, but without the objects of the first screen, which stay."""
    gc.freeze()
    gc.enable()


_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals that end the app. Textual does not handle them, and uses a full CPU when its terminal is gone. In the app,
ctrl+c is a key, not a signal."""


@dataclass(frozen=True, slots=True)
class AppResult:
    """Result of the app."""

    code: int
    """Exit code for the shell."""
    crashed: bool = False
    """Whether a bug of ours has ended the app."""
    wants_demo: bool = False
    """Whether the app ended to start the demo, which the user chose on the welcome screen."""
    unfinished: SafeText | None = None
    """Sentence about work that continues after the user has quit; None: there is none."""
    unstored: tuple[UnstoredRun, ...] = ()
    """Runs that were started, and whose ids the database did not take."""
    lost: tuple[SafeText, ...] = ()
    """Drafts that the database did not take, in words for the terminal."""


DAMAGED: Final = 2
"""Exit code after damage of the database has ended the app, as if it had been found when it was opened."""
OPENING_S: Final = 20.0
"""Seconds that a window waits for other processes that write, before it gives up opening the database. No screen is
shown yet."""


def run(launch: LaunchOptions) -> AppResult:
    """Run the app until it ends. Raises StoreError if the database cannot be opened, before any screen is shown."""
    clock = SystemClock()
    with Watchdog(_ENDINGS, descriptors=(0, 1, 2)).attached() as watchdog:
        store = Store.open(launch.paths.database, clock, opening_s=OPENING_S)
        try:
            if launch.demo is not None and launch.profile is not None:
                store.runs.seed(launch.profile.name, launch.demo.seed, launch.demo.queued_s)
                if launch.demo.batch is not None:
                    store.runs.seed(launch.profile.name, launch.demo.batch.runs[::-1], launch.demo.queued_s)
                    store.batches.seed(launch.profile.name, launch.demo.batch)
            app = CordageApp(launch, store, clock, watchdog)
            app.run(mouse=launch.mouse)
            code, unfinished = watchdog.code or app.return_code or 0, None
            if not (code or app.crash.has_happened or app.wants_demo or launch.demo):
                from cordage_tui.engine.processes.unfinished_work import unfinished_words  # late: the screen is gone

                unfinished = unfinished_words(store, app._workspace.last_profile, launch.paths)
            if app.crash.damage is not None:
                return AppResult(DAMAGED)
            is_demo = launch.demo is not None
            return AppResult(
                code,
                app.crash.has_happened,
                app.wants_demo,
                unfinished,
                () if is_demo else tuple(app._workspace.unstored),
                () if is_demo else tuple(app.lost),
            )
        finally:
            store.close()
