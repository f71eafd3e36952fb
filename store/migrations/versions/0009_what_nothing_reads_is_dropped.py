"""what nothing reads is dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_column("against")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_column("handed_over")


def downgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handed_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("against", sa.JSON(), nullable=True))
