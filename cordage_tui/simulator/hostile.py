"""Text that an honest server never sends: what it would do to a terminal, a markup parser or a table (FAULTS.md 100-116)."""

PAYLOADS = {
    "csi": "\x1b[31mred\x1b[2J\x1b[H\x1b[1;5r",
    "osc_title": "\x1b]0;PWNED\x07",
    "osc_title_st": "\x1b]2;PWNED\x1b\\",
    "osc_link": "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "osc_clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "osc_notify": "\x1b]9;PWNED\x07\x1b]777;notify;PWNED;PWNED\x07",
    "osc_file": "\x1b]1337;File=inline=1:UFdORUQ=\x07",
    "osc_open": "\x1b]0;never ended",
    "dcs": "\x1bP+q544e\x1b\\",
    "apc": "\x1b_Ga=T,f=100;UFdORUQ=\x1b\\",
    "sixel": "\x1bPq#0;2;0;0;0#0~~@@vv\x1b\\",
    "query": "\x1b[6n\x1b[c\x1bc",
    "c1": "\x9b31mred\x9d0;PWNED\x9c\x90q\x9c",
    "esc_at_end": "split\x1b",
    "esc_rest": "]0;PWNED\x07",
    "breaks": "a\rb\bc\x7fd\ve\ff\x85g\u2028h\u2029i\tj",
    "nul": "a\x00b",
    "markup": "[red]x[/red] [@click=app.quit]quit[/] [/b] [link=https://evil.example]l[/link] [0] [ \\[ [/",
    "emoji_code": ":smile: :warning:",
    "bidi": "\u202eevil\u202c \u2066x\u2069 \u200f\u061c",
    "zero_width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\U000e0041\U000e007f",
    "combining": "z" + "\u0301\u0327" * 500,
    "wide": "日本語 👩‍👩‍👧‍👦 🇩🇪 👍🏽 ﷽",
    "surrogate": "a\ud800b\udfffc",
    "noncharacter": "a\ufffeb\uffffc\ue000d",
    "formula": "=cmd|' /C calc'!A1",
    "long": "x" * 100_000,
}
"""Name → text. `surrogate` can only travel as a JSON escape."""

EVERYTHING = " ".join(text for name, text in PAYLOADS.items() if name != "long")
"""All of them in one string, but for `long`."""


def payload(name: str | None) -> str:
    """The payload of that name; all of them for None; a name that there is not is a payload itself."""
    return EVERYTHING if name is None else PAYLOADS.get(name, name)
