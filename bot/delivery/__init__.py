"""Delivery: what comes in is stored before it is answered, what goes out is sent once."""
