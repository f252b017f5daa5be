"""Celery: two doors to the engine, a worker and a tick."""
