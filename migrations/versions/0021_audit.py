"""The audit log of the settings.

Revision ID: 0021
Revises: 0020
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')


def upgrade():
    op.create_table('setting_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('name', sa.String(length=320), nullable=False),
    sa.Column('act', sa.String(length=8), nullable=False),
    sa.Column('changes', JSON, nullable=False),
    sa.CheckConstraint("act IN ('added', 'changed', 'removed')", name=op.f('ck_setting_change_act')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_setting_change_agent_id_agent'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setting_change'))
    )
    with op.batch_alter_table('setting_change', schema=None) as batch_op:
        batch_op.create_index('ix_setting_change_agent', ['agent_id', 'id'], unique=False)
        batch_op.create_index('ix_setting_change_kind', ['kind', 'id'], unique=False)


def downgrade():
    op.drop_table('setting_change')
