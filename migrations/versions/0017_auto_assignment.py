"""People who are away until an instant, and groups that assign their tickets by themselves.

Revision ID: 0017
Revises: 0016
"""

from alembic import op
import sqlalchemy as sa


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade():
    # no copy of the tables, which others refer to: SQLite adds and drops a column in place
    op.add_column('agent', sa.Column('away_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('agent_group', sa.Column('auto_assign', sa.String(length=16), server_default='off', nullable=False))
    op.add_column('agent_group', sa.Column('most_open', sa.Integer(), nullable=True))
    op.add_column('membership', sa.Column('turn', sa.Integer(), server_default='0', nullable=False))
    op.create_index(
        'ix_ticket_unassigned', 'ticket', ['group_id', 'status', 'queue_at', 'id'], unique=False,
        sqlite_where=sa.text("assignee_id IS NULL AND status = 'open'"),
        postgresql_where=sa.text("assignee_id IS NULL AND status = 'open'"),
    )


def downgrade():
    op.drop_index('ix_ticket_unassigned', table_name='ticket')
    op.drop_column('membership', 'turn')
    op.drop_column('agent_group', 'most_open')
    op.drop_column('agent_group', 'auto_assign')
    op.drop_column('agent', 'away_until')
