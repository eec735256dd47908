"""What the demo's language model says about a picture that nobody gave it."""

from collections.abc import Sequence
from random import Random

from cordage_tui.simulator.pictures.mood import mood_of

_OPENINGS = ("A quiet picture of", "We see", "In the middle of the frame,", "Soft light falls on")
_MIDDLES = (
    "The light comes from the left and leaves the far corner to itself.",
    "Nothing in it is in a hurry.",
    "Two thirds of the frame are air, and that is where the story is.",
    "Somebody has just left, or is about to come back.",
    "The colours have been washed a few times and are better for it.",
)
_CLOSINGS = (
    "The mood is calm and a little nostalgic.",
    "The eye rests on the left third.",
    "One would like to know what happens next.",
)
_LINES = (
    ("The hour holds its breath", "and gives it back as light"),
    ("What was loud is far away", "what is near is slow"),
    ("Nobody calls the evening", "it comes and takes a chair"),
    ("A thread of wind, a door", "the kettle thinking aloud"),
)


def text(prompt: str, others: Sequence[str], rng: Random) -> str:
    """A caption; with the tone `poetic` a few lines of verse under it."""
    first = f"{rng.choice(_OPENINGS)} {_subject(prompt)}."
    if "poetic" in others:
        verses = rng.sample(_LINES, 2)
        return "\n".join((first, "", *verses[0], "", *verses[1])) + "\n"
    return " ".join((first, *rng.sample(_MIDDLES, 2), rng.choice(_CLOSINGS))) + "\n"


def data(prompt: str, others: Sequence[str], rng: Random) -> dict[str, object]:
    """The same for programs."""
    words = sorted({word.strip(".,").lower() for word in prompt.split() if len(word.strip(".,")) > 3})
    mood = mood_of(prompt, *others)
    return {
        "caption": text(prompt, (), rng).strip(),
        "keywords": words,
        "colours": ["#{:02x}{:02x}{:02x}".format(*tint) for tint in mood.tints],
        "time_of_day": mood.hour,
        "scores": {"aesthetic": round(rng.uniform(5.2, 7.9), 2), "confidence": round(rng.uniform(0.71, 0.98), 2)},
    }


def _subject(prompt: str) -> str:
    subject = prompt.strip().rstrip(".") or "something that nobody described"
    return f"{subject[:1].lower()}{subject[1:]}"
