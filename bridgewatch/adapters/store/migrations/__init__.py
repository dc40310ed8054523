"""How the schema came to be, step by step; alembic runs these. A step that was released never changes."""
