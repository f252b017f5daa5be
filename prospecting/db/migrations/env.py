"""Alembic's environment; it runs on the connection that `migrate` hands in."""

from alembic import context

from prospecting.db.engine import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
context.run_migrations()
