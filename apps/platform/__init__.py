"""The shared kernel: it knows commands, locks, events, time and money, and not one word of hotels."""
