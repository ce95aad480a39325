"""Reports: when tickets were settled and reopened, sums of tickets by day, saved reports.

Revision ID: 0007
Revises: 0006
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')
TIME = sa.DateTime(timezone=True)


def upgrade():
    # SQLite adds both without copying the table
    op.add_column('ticket', sa.Column('settled_at', TIME, nullable=True))
    op.add_column('ticket', sa.Column('reply_count', sa.Integer(), server_default='0', nullable=False))
    op.create_index('ix_ticket_settled', 'ticket', ['settled_at', 'id'], unique=False)

    op.create_table('reopening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('resolved_at', TIME, nullable=False),
    sa.Column('reopened_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_reopening_ticket_id_ticket'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reopening'))
    )
    op.create_index('ix_reopening_ticket', 'reopening', ['ticket_id', 'id'], unique=False)
    op.create_index('ix_reopening_reopened_at', 'reopening', ['reopened_at'], unique=False)

    op.create_table('ticket_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_change'))
    )
    op.create_table('ticket_fact',
    sa.Column('ticket_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(length=64), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('request_type', sa.String(length=64), nullable=False),
    sa.Column('priority', sa.String(length=64), nullable=False),
    sa.Column('center', sa.String(length=16), nullable=False),
    sa.Column('agent', sa.String(length=16), nullable=False),
    sa.Column('in_group', sa.String(length=16), nullable=False),
    sa.Column('came_on', sa.Date(), nullable=True),
    sa.Column('resolved_on', sa.Date(), nullable=True),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.Column('judged_on', sa.Date(), nullable=True),
    sa.Column('replied_on', sa.Date(), nullable=True),
    sa.Column('entered_on', sa.Date(), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('kept', sa.Boolean(), nullable=False),
    sa.Column('at_once', sa.Boolean(), nullable=False),
    sa.Column('reopened', sa.Boolean(), nullable=False),
    sa.Column('one_touch', sa.Boolean(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('gaps', JSON, nullable=True),
    sa.PrimaryKeyConstraint('ticket_id', name=op.f('pk_ticket_fact'))
    )
    op.create_table('ticket_sum',
    sa.Column('dimension', sa.String(length=16), nullable=False),
    sa.Column('grain', sa.String(length=5), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('value', sa.String(length=64), nullable=False),
    *(sa.Column(name, sa.Integer(), nullable=False) for name in (
        'came', 'resolved', 'kept', 'missed', 'replied', 'at_once', 'settled', 'reopened',
        'one_touch', 'entered', 'left')),
    sa.Column('minutes', JSON, nullable=False),
    sa.CheckConstraint("grain IN ('day', 'month')", name=op.f('ck_ticket_sum_grain')),
    sa.PrimaryKeyConstraint('dimension', 'grain', 'day', 'value', name=op.f('pk_ticket_sum'))
    )
    op.create_table('report_schedule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('breakdown', sa.String(length=16), nullable=False),
    sa.Column('filters', JSON, nullable=False),
    sa.Column('recipients', JSON, nullable=False),
    sa.Column('every', sa.String(length=5), nullable=False),
    sa.Column('on_day', sa.SmallInteger(), nullable=False),
    sa.Column('period_from', sa.Date(), nullable=False),
    sa.Column('next_at', TIME, nullable=True),
    sa.Column('last_sent_at', TIME, nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.CheckConstraint("every IN ('week', 'month')", name=op.f('ck_report_schedule_every')),
    sa.ForeignKeyConstraint(['created_by_id'], ['agent.id'], name=op.f('fk_report_schedule_created_by_id_agent'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_schedule')),
    sa.UniqueConstraint('name', name=op.f('uq_report_schedule_name'))
    )
    op.create_index('ix_report_schedule_due', 'report_schedule', ['next_at', 'id'], unique=False)

    fill()


def fill():
    """Read from the log what is kept from now on; every ticket is yet to be counted."""
    connection = op.get_bind()
    connection.execute(sa.text(
        "UPDATE ticket SET reply_count = (SELECT count(*) FROM message WHERE"
        " message.ticket_id = ticket.id AND direction = 'out' AND NOT automatic)"))
    event = sa.table('event', sa.column('id', sa.Integer), sa.column('ticket_id', sa.Integer),
                     sa.column('kind', sa.String), sa.column('at', TIME), sa.column('data', JSON))
    ticket = sa.table('ticket', sa.column('id', sa.Integer), sa.column('settled_at', TIME),
                      sa.column('resolved_at', TIME))
    reopening = sa.table('reopening', sa.column('ticket_id', sa.Integer),
                         sa.column('resolved_at', TIME), sa.column('reopened_at', TIME))
    settled = sa.update(ticket).where(ticket.c.id == sa.bindparam('number')).values(
        settled_at=sa.bindparam('first'), resolved_at=sa.bindparam('last'))
    last_id = 0
    while True:
        numbers = connection.scalars(sa.select(ticket.c.id).where(ticket.c.id > last_id)
                                     .order_by(ticket.c.id).limit(5000)).all()
        if not numbers:
            break
        steps = connection.execute(
            sa.select(event.c.ticket_id, event.c.at, event.c.data)
            .where(event.c.ticket_id > last_id, event.c.ticket_id <= numbers[-1],
                   event.c.kind == 'ticket.status')
            .order_by(event.c.ticket_id, event.c.id)).all()
        last_id = numbers[-1]
        first, resolved, gaps = {}, {}, []
        for number, at, data in steps:
            if data.get('to') in ('resolved', 'closed'):
                first.setdefault(number, at)
                resolved.setdefault(number, at)
            elif data.get('to') in ('open', 'waiting') and number in resolved:
                gaps.append({'ticket_id': number, 'resolved_at': resolved.pop(number), 'reopened_at': at})
        if first:
            connection.execute(settled, [{'number': number, 'first': at, 'last': resolved.get(number)}
                                         for number, at in first.items()])
        if gaps:
            connection.execute(sa.insert(reopening), gaps)
    connection.execute(sa.text("INSERT INTO ticket_change (ticket_id) SELECT id FROM ticket"))


def downgrade():
    connection = op.get_bind()
    for table in ('ticket', 'target'):
        for what in ('insert', 'update', 'delete'):
            name = f'count_{table}_{what}'
            if connection.dialect.name == 'postgresql':
                op.execute(f'DROP TRIGGER IF EXISTS {name} ON {table}')
                op.execute(f'DROP FUNCTION IF EXISTS {name}()')
            else:
                op.execute(f'DROP TRIGGER IF EXISTS {name}')
    op.drop_table('report_schedule')
    op.drop_table('ticket_sum')
    op.drop_table('ticket_fact')
    op.drop_table('ticket_change')
    op.drop_table('reopening')
    op.drop_index('ix_ticket_settled', table_name='ticket')
    op.drop_column('ticket', 'reply_count')
    op.drop_column('ticket', 'settled_at')
