"""overrides belong to a question."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.add_column(sa.Column("problem_id", sa.String(), nullable=True))
        batch_op.create_foreign_key("fk_override_problem", "problem", ["problem_id"], ["id"])
        batch_op.create_index("ix_override_problem_id", ["problem_id"])
    # Until now they held for whatever a project asked: they stay with what it asks now.
    op.execute(
        "UPDATE override SET problem_id ="
        " (SELECT project.problem_id FROM project WHERE project.id = override.project_id)"
    )


def downgrade() -> None:
    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.drop_index("ix_override_problem_id")
        batch_op.drop_constraint("fk_override_problem", type_="foreignkey")
        batch_op.drop_column("problem_id")
