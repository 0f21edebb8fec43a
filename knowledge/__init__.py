"""What the assistant knows, and how Vietnamese is written. Imports nothing else of the project."""
