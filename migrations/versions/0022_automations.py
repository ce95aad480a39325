"""What is done to tickets by itself.

Revision ID: 0022
Revises: 0021
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')


def upgrade():
    op.create_table('automation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('occasion', sa.String(length=16), nullable=False),
    sa.Column('workdays', sa.Integer(), nullable=True),
    sa.Column('conditions', JSON, nullable=False),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.Column('assignee_id', sa.Integer(), nullable=True),
    sa.Column('priority', sa.String(length=16), nullable=True),
    sa.Column('topic', sa.String(length=64), nullable=True),
    sa.Column('request_type', sa.String(length=32), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=True),
    sa.Column('tell', JSON, nullable=False),
    sa.CheckConstraint("occasion IN ('arrival', 'waiting', 'resolved')", name=op.f('ck_automation_occasion')),
    sa.ForeignKeyConstraint(['assignee_id'], ['agent.id'], name=op.f('fk_automation_assignee_id_agent'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['group_id'], ['agent_group.id'], name=op.f('fk_automation_group_id_agent_group'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_automation')),
    sa.UniqueConstraint('name', name=op.f('uq_automation_name'))
    )


def downgrade():
    op.drop_table('automation')
