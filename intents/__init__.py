"""Understanding a message: is someone in danger, may it be answered, what does it ask.

Nothing is imported here: the Rasa component runs on an older interpreter and imports only its own module.
"""
