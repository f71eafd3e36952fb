"""what a person wrote about an entry of the record can be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remark",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


# The record keeps the hashes of what is dropped here, so `handrail verify` says ever after that remarks were removed.
# That is right: they were. Whoever wants them back restores a backup from before the step down.
def downgrade() -> None:
    op.drop_table("remark")
