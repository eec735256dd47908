"""Downloads on the queue's screen: how they go, and what can be done about them."""
