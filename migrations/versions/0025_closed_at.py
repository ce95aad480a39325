"""When a ticket was closed stands in its log, and nobody looked for it anywhere else.

Revision ID: 0025
Revises: 0024
"""

from alembic import op
import sqlalchemy as sa


revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade():
    op.drop_column('ticket', 'closed_at')


def downgrade():
    op.add_column('ticket', sa.Column('closed_at', sa.DateTime(timezone=True)))
