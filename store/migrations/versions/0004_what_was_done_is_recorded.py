"""what was done is recorded, and one version of a model is live."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STANDS = "the record is only ever added to"
LIVE = sa.text("stage = 'live'")


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("previous"),
    )
    op.create_index("ix_event_subject", "event", ["subject"])
    op.create_index("ix_event_kind", "event", ["kind"])
    op.create_index("one_live_version", "version", ["name"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION event_stands() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{STANDS}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER event_stands BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_stands()"
        )
    else:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_stands_{deed.lower()} BEFORE {deed} ON event "
                f"BEGIN SELECT RAISE(ABORT, '{STANDS}'); END"
            )


def downgrade() -> None:
    op.drop_index("one_live_version", "version")
    op.drop_table("event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION event_stands()")
