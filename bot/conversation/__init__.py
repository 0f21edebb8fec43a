"""One turn: triage, screening, documents, retrieval, reply. Knows no channel."""
