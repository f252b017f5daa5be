"""The first schema."""

from alembic import op

from prospecting.db.engine import Base

revision = "0001"
down_revision = None


def upgrade() -> None:
    Base.metadata.create_all(op.get_bind())
