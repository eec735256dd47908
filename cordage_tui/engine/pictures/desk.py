"""The front door: what screens want to see of outputs, and what there is of it."""

from collections.abc import Callable, Sequence

from cordage_tui.domain.contact_sheet import ContactSheet
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.picture import Sight, Wanted
from cordage_tui.engine.events import Event
from cordage_tui.engine.pictures.errors import NoPicture
from cordage_tui.engine.pictures.preview import Preview
from cordage_tui.engine.reader import Reader
from cordage_tui.engine.session import Session


class PictureDesk:
    """Shows outputs of one profile. All methods are called on the event loop; `PicturesChanged` tells of anything new."""

    def __init__(self, session: Session, reader: Reader, tell: Callable[[Event], None]) -> None:
        self._session = session
        self._reader = reader
        self._tell = tell

    def sight(self, wanted: Wanted) -> Sight:
        """What there is to show of it now, from memory: neither disk nor network is touched."""
        return Sight()

    def want(self, wanted: Sequence[Wanted]) -> None:
        """What is being looked at now, most wanted first. What was wanted before and is under way ends unheard."""

    def load(self, output: OutputRef) -> None:
        """The user asks for one that has more bytes than are fetched unasked (`Standing.TOO_LARGE`)."""

    def forget_failures(self) -> None:
        """What could not be shown is tried again once it is wanted: the user refreshes, or the network is back."""

    async def preview(self, output: OutputRef) -> Preview:
        """A small copy of the output as a file, fetched now if it is not here: for a page that is exported.

        Raises NoPicture.
        """
        raise NoPicture("Not yet.")

    async def compose(self, sheet: ContactSheet) -> bytes:
        """The sheet as a PNG file. Outputs that cannot be shown leave their places empty. Raises NoPicture.

        Labels are drawn in Pillow's own font: scripts that it lacks come out as boxes.
        """
        raise NoPicture("Not yet.")

    def stop(self) -> None:
        """Ends the child process at once; nothing is shown any more."""
