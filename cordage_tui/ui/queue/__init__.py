"""The queue: what waits to be sent, in its order, why it waits, and every word that changes that."""
