"""The secret address of the wallboard.

Revision ID: 0008
Revises: 0007
"""

from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('wallboard_address',
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_wallboard_address_agent_id_agent'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('token', name=op.f('pk_wallboard_address'))
    )


def downgrade():
    op.drop_table('wallboard_address')
