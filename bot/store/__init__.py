"""PostgreSQL: tables, migrations, and what is read from and written to them."""
