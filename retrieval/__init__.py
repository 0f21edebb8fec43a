"""Finding: which card or passage answers a question, and how sure that is."""
