"""Pages of the rounds: the dispatcher's desk and the crew's phone."""
