"""What can go wrong when a file is fetched, as one tree: callers catch `FileFetchError`.

FileFetchError
├── UrlNotAllowed      it breaks the rule of `domain.urls`, or leads to an address that is not public
├── UrlExpired      400, 401, 403, 404, 410: a fresh link may help
├── FileServerRateLimited   429: the storage wants us to wait
├── FileServerError   5xx, and answers that cannot be used
├── FileConnectionLost    no connection, silence, a body that ends too soon
└── BodyTooLarge     more bytes than the caller takes
"""

from cordage_tui.domain.text import one_line


class FileFetchError(Exception):
    """A file that did not come. `str` of it is one line fit for a person; neither the link nor its signature is in it."""

    retry: bool = False
    """Whether trying the same link again later may help."""

    def __init__(self, what: str, *, retry: bool | None = None, retry_after_s: float | None = None) -> None:
        """`retry` replaces the class's own; `retry_after_s`: seconds that the storage asks us to wait."""
        self.what = one_line(what, 300)
        super().__init__(self.what)
        if retry is not None:
            self.retry = retry
        self.retry_after_s = retry_after_s


class UrlNotAllowed(FileFetchError):
    """The link, or where it leads, breaks our rules; nothing was sent there."""


class UrlExpired(FileFetchError):
    """The storage does not know the link, or no more. The run may have a fresh one."""


class FileServerRateLimited(FileFetchError):
    """429: too many requests."""

    retry = True


class FileServerError(FileFetchError):
    """The storage has trouble, or answers what cannot be used."""


class FileConnectionLost(FileFetchError):
    """The connection was not made, or broke, or nothing more came."""

    retry = True


class BodyTooLarge(FileFetchError):
    """The file is larger than the caller takes, or turned out to be."""
