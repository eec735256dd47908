"""Ways to a clipboard and to a viewer, in many environments."""

import pytest

from cordage_tui.domain.base.environment import MOST_IN_SEQUENCE, copy_ways, is_remote, opener

ALL = {"wl-copy", "xclip", "xsel", "pbcopy", "tmux", "xdg-open", "open", "firefox"}
XTERM = {"TERM": "xterm-256color"}
X11 = XTERM | {"DISPLAY": ":0"}
WAYLAND = XTERM | {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":1"}
SSH = XTERM | {"SSH_CONNECTION": "1.2.3.4 1 5.6.7.8 22"}
TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
BUFFER = ["tmux", "tmux's own buffer"]


@pytest.mark.parametrize(
    ("environ", "platform", "installed", "names"),
    [
        (XTERM, "linux", ALL, ["terminal (OSC 52)"]),
        (X11, "linux", ALL, ["xclip", "xsel", "terminal (OSC 52)"]),
        (X11, "linux", {"xsel"}, ["xsel", "terminal (OSC 52)"]),
        (X11, "linux", set(), ["terminal (OSC 52)"]),
        (WAYLAND, "linux", ALL, ["wl-copy", "xclip", "xsel", "terminal (OSC 52)"]),
        (WAYLAND, "linux", {"xclip"}, ["xclip", "terminal (OSC 52)"]),
        (XTERM, "darwin", ALL, ["pbcopy", "terminal (OSC 52)"]),
        (TMUX, "linux", ALL, BUFFER),
        (TMUX, "linux", set(), ["terminal (OSC 52)"]),
        (TMUX | X11, "linux", ALL, ["xclip", "xsel", *BUFFER]),
        (TMUX, "darwin", ALL, ["pbcopy", *BUFFER]),
        (SSH, "linux", ALL, ["terminal (OSC 52)"]),
        (SSH, "darwin", ALL, ["terminal (OSC 52)"]),
        (SSH | X11, "linux", ALL, ["terminal (OSC 52)"]),
        (XTERM | {"SSH_TTY": "/dev/pts/3"} | WAYLAND, "linux", ALL, ["terminal (OSC 52)"]),
        (SSH | TMUX, "linux", ALL, BUFFER),
        ({"TERM": "linux"}, "linux", ALL, []),
        ({"TERM": "dumb"}, "linux", ALL, []),
        ({}, "linux", ALL, []),
        ({"TERM": "linux", "DISPLAY": ":0"}, "linux", ALL, ["xclip", "xsel"]),
        ({"TERM": "screen-256color", "STY": "1.pts"}, "linux", ALL, []),
        ({"TERM": "screen-256color"}, "linux", ALL, ["terminal (OSC 52)"]),
    ],
)
def test_a_text_goes_to_the_clipboard_of_who_sits_at_the_keyboard(environ, platform, installed, names):
    """A local session uses a native tool, tmux its own buffer, and others the terminal; over SSH the remote's tool is
    never used."""
    assert [way.name for way in copy_ways(environ, platform, installed.__contains__)] == names


def test_no_way_is_a_shell_and_a_sequence_has_its_limit():
    """Every way is an argument list without a shell, and an OSC 52 text stays within the limit of terminals."""
    for way in copy_ways(WAYLAND | TMUX, "linux", ALL.__contains__):
        assert way.argv[0] in ALL and not {"sh", "-c"} & set(way.argv)
    assert copy_ways(XTERM, "linux", ALL.__contains__)[0].most == MOST_IN_SEQUENCE < 100_000 * 3 / 4


@pytest.mark.parametrize(
    ("environ", "platform", "installed", "argv"),
    [
        (X11, "linux", ALL, ("xdg-open",)),
        (WAYLAND, "linux", ALL, ("xdg-open",)),
        ({}, "darwin", ALL, ("open",)),
        ({}, "darwin", set(), None),
        (XTERM, "linux", ALL, None),
        (SSH, "darwin", ALL, None),
        (SSH | X11, "linux", ALL, None),
        (X11, "linux", {"firefox"}, None),
        (X11 | {"BROWSER": "firefox"}, "linux", {"firefox"}, ("firefox",)),
        (X11 | {"BROWSER": "lynx:firefox --new-tab %s"}, "linux", {"firefox"}, ("firefox", "--new-tab")),
        (X11 | {"BROWSER": "firefox --url=%s:'"}, "linux", {"firefox"}, None),
    ],
)
def test_something_is_opened_only_where_the_user_sees_it(environ, platform, installed, argv):
    """A viewer opens only on a local machine with a display, and never over SSH, even with forwarding."""
    assert opener(environ, platform, installed.__contains__) == argv


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"])
def test_any_sign_of_ssh_is_enough(name):
    assert is_remote({name: "x"}) and not is_remote({name: ""}) and not is_remote({})
