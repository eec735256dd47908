"""Queue screen: prompts to be sent in their order, the reasons why they wait, and the actions on them."""
