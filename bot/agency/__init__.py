"""What an agency sees of a report that was forwarded to it: a page behind a link with a key, without an account."""
