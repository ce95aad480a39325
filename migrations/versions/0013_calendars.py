"""Calendars that serve nobody any more, and tickets that are to follow changed policies.

Revision ID: 0013
Revises: 0012
"""

from alembic import op
import sqlalchemy as sa


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    # no copy of the table, which others refer to: SQLite adds and drops a column in place
    op.add_column('calendar', sa.Column('retired', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table('pending_judgement',
    sa.Column('ticket_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_pending_judgement_agent_id_agent'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_pending_judgement_ticket_id_ticket'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ticket_id', name=op.f('pk_pending_judgement'))
    )


def downgrade():
    op.drop_table('pending_judgement')
    op.drop_column('calendar', 'retired')
