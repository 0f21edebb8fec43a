"""Servers that stand in for what is outside: real HTTP, strict, and with faults on demand."""
