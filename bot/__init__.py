"""The running assistant: turn, channels, store, command line."""
