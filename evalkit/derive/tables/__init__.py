"""Tables that join what the stages need or what they found; each function gets a `Context` and finished tables."""
