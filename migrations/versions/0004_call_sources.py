"""Call sources: mappings of exports, kept sums of calls, and whether a call was in hours.

Revision ID: 0004
Revises: 0003
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('call_mapping',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('columns', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_call_mapping'))
    )
    op.create_table('call_day',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('basis', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_call_day'))
    )
    op.create_table('call_sum',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('hour', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('queue', sa.String(length=80), nullable=False),
    sa.Column('agent', sa.String(length=80), nullable=False),
    sa.Column('offered', sa.Integer(), nullable=False),
    sa.Column('answered', sa.Integer(), nullable=False),
    sa.Column('abandoned', sa.Integer(), nullable=False),
    sa.Column('short', sa.Integer(), nullable=False),
    sa.Column('outside_hours', sa.Integer(), nullable=False),
    sa.Column('others', sa.Integer(), nullable=False),
    sa.Column('within', sa.Integer(), nullable=False),
    sa.Column('waited', sa.Double(), nullable=False),
    sa.Column('talked', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'hour', 'queue', 'agent', name=op.f('pk_call_sum'))
    )
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('in_hours', sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_index('ix_call_agent', ['agent', 'arrived_at', 'id'], unique=False)
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.alter_column('in_hours', server_default=None)


def downgrade():
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.drop_index('ix_call_agent')
        batch_op.drop_column('in_hours')

    op.drop_table('call_sum')
    op.drop_table('call_day')
    op.drop_table('call_mapping')
