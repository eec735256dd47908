"""The keys of the contact sheet: each acts on the output under the cursor, or on those that are kept."""

from textual.binding import Binding
from textual.screen import Screen

from cordage_tui.domain.output import RatingFilter
from cordage_tui.domain.run import RowId
from cordage_tui.ui.keys.hints import KeyLabel
from cordage_tui.ui.sheet.deeds import ContactSheetActions
from cordage_tui.ui.sheet.judging import judging_keys
from cordage_tui.ui.sheet.panel import ContactSheetGrid
from cordage_tui.ui.sheet.subject import TileLoader


class ContactSheetBindings(Screen[RowId | None]):
    """One line or two for each key: how it is done is said in `ContactSheetActions`. Ends with the run of the last cell."""

    BINDINGS = [
        Binding("enter", "open", "open", id="sheet.open", tooltip="Show this output on the whole screen."),
        *judging_keys("sheet", keep="+,equals_sign"),
        Binding("f", "filter", "filter", id="sheet.filter", tooltip="Show only what is kept, rejected, undecided or has stars."),
        Binding("d", "download", "download kept", id="sheet.download", tooltip="Download the kept outputs; when none is kept, this one."),
        Binding("o", "open_outside", "open outside", id="sheet.open_outside", tooltip="Open this output in the system's viewer.", show=False),
        Binding("E", "export", "export", id="sheet.export", tooltip="Make one picture or a page of what is kept, or of all that is shown."),
        Binding("left_square_bracket", "output(-1)", "output before", id="sheet.output_before", tooltip="In a table: the run's output before this.", show=False),
        Binding("right_square_bracket", "output(1)", "next output", id="sheet.output_next", tooltip="In a table: the run's next output.", show=False),
        Binding("r", "refresh", "show new", id="sheet.refresh", tooltip="Read all anew, and try again what could not be shown.", show=False),
        Binding("escape,q", "back", "back", id="sheet.back", tooltip="Show all outputs again, then back to the runs."),
        Binding("s", "leave", "runs", id="sheet.close", tooltip="Back to the runs.", show=False),
    ]  # fmt: skip

    panel: ContactSheetGrid
    stock: TileLoader
    deeds: ContactSheetActions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "output" or self.stock.axes is not None

    def key_words(self, action: str) -> KeyLabel | None:
        """What is downloaded depends on whether anything is kept."""
        return self.deeds.download_words if action == "sheet.download" else None

    def read(self, judged: RatingFilter | None = None) -> None:
        """All tiles anew, and only those with such verdicts; None: as before."""
        raise NotImplementedError

    def action_open(self) -> None:
        self.deeds.open(self.panel.tile)

    def on_contact_sheet_grid_opened(self) -> None:
        self.action_open()

    def action_decide(self, kept: bool) -> None:
        self.deeds.judging.decide(self.panel.tile, kept)

    def action_rate(self, stars: int) -> None:
        self.deeds.judging.rate(self.panel.tile, stars)

    def action_filter(self) -> None:
        self.deeds.choose_filter()

    def action_download(self) -> None:
        self.deeds.download(self.panel.tile)

    def action_open_outside(self) -> None:
        self.deeds.open_outside(self.panel.tile)

    def action_export(self) -> None:
        self.deeds.export()

    def action_output(self, by: int) -> None:
        if self.panel.tile is not None:
            self.stock.step_output(self.panel.tile, by)
            self.panel.draw()

    def action_refresh(self) -> None:
        self.deeds.try_again()
        self.read()

    def action_back(self) -> None:
        if self.stock.judged:
            self.read(RatingFilter())
        else:
            self.action_leave()

    def action_leave(self) -> None:
        tile = self.panel.tile
        self.dismiss(tile.row if tile is not None else None)
