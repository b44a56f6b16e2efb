"""A payment provider for one machine: a little HTTP service that moves no money and does as the card's token says."""
