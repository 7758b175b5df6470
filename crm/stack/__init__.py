"""The embedded stack: PostgreSQL, Redis and every process of Relay on one machine (`python manage.py up`)."""
