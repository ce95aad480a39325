"""Indexes hold only the rows that are looked for in them.

Most rows have nothing in these columns, and every change of a row writes each index that
holds it (on PostgreSQL whatever was changed).

Revision ID: 0023
Revises: 0022
"""

from alembic import op
import sqlalchemy as sa


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

WHERE_KNOWN = (
    ('ix_ticket_center_recent', 'ticket', ['center_id', 'id']),
    ('ix_ticket_resolved', 'ticket', ['resolved_at', 'id']),
    ('ix_ticket_settled', 'ticket', ['settled_at', 'id']),
    ('ix_target_next_at', 'target', ['next_at']),
    ('ix_target_metric_met_at', 'target', ['metric', 'met_at']),
    ('ix_target_metric_breached_at', 'target', ['metric', 'breached_at']),
    ('ix_event_target', 'event', ['target_id', 'id']),
    ('ix_message_agent_id', 'message', ['agent_id']),
    ('ix_outbox_message_id', 'outbox', ['message_id']),
    ('ix_person_center_id', 'person', ['center_id']),
    ('ix_call_person_id', 'call', ['person_id']),
    ('ix_call_ticket_id', 'call', ['ticket_id']),
)


def upgrade():
    for name, table, columns in WHERE_KNOWN:
        first = next(column for column in columns if column != 'metric')
        known = sa.text(f'{first} IS NOT NULL')
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, sqlite_where=known, postgresql_where=known)
    op.drop_index('ix_ticket_at_risk', table_name='ticket')
    op.create_index('ix_ticket_at_risk', 'ticket', ['queue_at', 'id'], sqlite_where=sa.text('at_risk = 1'), postgresql_where=sa.text('at_risk'))


def downgrade():
    op.drop_index('ix_ticket_at_risk', table_name='ticket')
    op.create_index('ix_ticket_at_risk', 'ticket', ['at_risk', 'queue_at', 'id'])
    for name, table, columns in WHERE_KNOWN:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
