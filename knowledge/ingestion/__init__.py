"""Turns a file from an office (PDF, Word, web page, text) into a draft document that a second person reviews."""
