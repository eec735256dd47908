"""Advice of commands about a refused API key."""

from cordage_tui.domain.key_refusal import refusal_remedy


def refusal_advice(refused: str) -> str:
    """Return the advice for a refused key, or a refused account of the key."""
    return f"{refusal_remedy(refused)}: CORDAGE_API_KEY, or cordage-tui key set"
