"""Find what was merged into a ticket.

Revision ID: 0016
Revises: 0015
"""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        'ix_ticket_merged_into', 'ticket', ['merged_into_id', 'id'], unique=False,
        sqlite_where=sa.text('merged_into_id IS NOT NULL'),
        postgresql_where=sa.text('merged_into_id IS NOT NULL'),
    )


def downgrade():
    op.drop_index('ix_ticket_merged_into', table_name='ticket')
