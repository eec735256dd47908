"""Queue screen: prompts to be sent, in order, why they wait, and the actions on them."""
