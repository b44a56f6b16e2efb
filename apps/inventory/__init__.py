"""What can be sold: hotels, room types, rooms, rate plans, and every night of them."""
