"""Reports of every promise, and of what could be answered at once.

Revision ID: 0014
Revises: 0013
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')
OLD = ('came', 'resolved', 'kept', 'missed', 'replied', 'at_once', 'settled', 'reopened',
       'one_touch', 'entered', 'left')
NEW = (*OLD[:-2], 'immediate', 'prompt', *OLD[-2:])
KEY = ('dimension', 'grain', 'day', 'value')


def upgrade():
    drop_triggers()  # they watch another column, and all metrics; they are put back at the end
    op.add_column('ticket_fact', sa.Column('immediate', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table('promise_fact',
    sa.Column('target_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('metric', sa.String(length=32), nullable=False),
    sa.Column('judged_on', sa.Date(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('kept', sa.Boolean(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('target_id', name=op.f('pk_promise_fact'))
    )
    op.create_index('ix_promise_fact_ticket', 'promise_fact', ['ticket_id'], unique=False)
    rebuild(NEW, ('metric', *KEY), "'first_reply', 0, 0", ('metric', 'immediate', 'prompt'))
    op.execute("INSERT INTO ticket_change (ticket_id) SELECT DISTINCT ticket_id FROM target"
               " WHERE metric <> 'first_reply'")


def rebuild(counters, key, given, added):
    """Make the sums anew with another key; what was summed stays."""
    op.rename_table('ticket_sum', 'ticket_sum_before')
    drop_key('ticket_sum_before')
    columns = {'metric': sa.String(length=32), 'dimension': sa.String(length=16),
               'grain': sa.String(length=5), 'day': sa.Date(), 'value': sa.String(length=64)}
    op.create_table('ticket_sum',
    *(sa.Column(name, columns[name], nullable=False) for name in key),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in counters),
    sa.Column('minutes', JSON, nullable=False),
    sa.CheckConstraint("grain IN ('day', 'month')", name=op.f('ck_ticket_sum_grain')),
    sa.PrimaryKeyConstraint(*key, name=op.f('pk_ticket_sum'))
    )
    kept = ', '.join(f'"{name}"' for name in (*KEY, *OLD, 'minutes'))
    names = ', '.join(added)
    which = '' if added else " WHERE metric = 'first_reply'"
    op.execute(f"INSERT INTO ticket_sum ({names + ', ' if added else ''}{kept}) "
               f"SELECT {given + ', ' if added else ''}{kept} FROM ticket_sum_before{which}")
    op.drop_table('ticket_sum_before')


def drop_key(table):
    """PostgreSQL's names of keys are the schema's; SQLite's are the table's own."""
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(f'ALTER TABLE {table} DROP CONSTRAINT pk_ticket_sum')


def drop_triggers():
    for table in ('ticket', 'target'):
        for what in ('insert', 'update', 'delete'):
            name = f'count_{table}_{what}'
            if op.get_bind().dialect.name == 'postgresql':
                op.execute(f'DROP TRIGGER IF EXISTS {name} ON {table}')
                op.execute(f'DROP FUNCTION IF EXISTS {name}()')
            else:
                op.execute(f'DROP TRIGGER IF EXISTS {name}')


def downgrade():
    drop_triggers()
    rebuild(OLD, KEY, '', ())
    op.drop_table('promise_fact')
    with op.batch_alter_table('ticket_fact', schema=None) as batch_op:
        batch_op.drop_column('immediate')
