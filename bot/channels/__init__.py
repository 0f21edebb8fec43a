"""Channels: each translates between a network and `bot.conversation`; none has a rule of its own."""
