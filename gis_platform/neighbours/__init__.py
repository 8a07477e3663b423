"""What crosses the border of the product: one folder a neighbour, each with parser and receiver."""
