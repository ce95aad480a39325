"""Sums of calls by hour alone, beside those by queue and agent.

Revision ID: 0015
Revises: 0014
"""

from alembic import op
import sqlalchemy as sa


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

COUNTS = ('offered', 'answered', 'abandoned', 'short', 'outside_hours', 'others', 'within')
TIMES = ('waited', 'talked')


def upgrade():
    op.create_table('call_hour',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('hour', sa.SmallInteger(), autoincrement=False, nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
    *(sa.Column(name, sa.Double(), nullable=False) for name in TIMES),
    sa.PrimaryKeyConstraint('day', 'hour', name=op.f('pk_call_hour'))
    )
    names = ', '.join((*COUNTS, *TIMES))
    sums = ', '.join(f'sum({name})' for name in (*COUNTS, *TIMES))
    op.execute(f"INSERT INTO call_hour (day, hour, {names}) "
               f"SELECT day, hour, {sums} FROM call_sum GROUP BY day, hour")


def downgrade():
    op.drop_table('call_hour')
