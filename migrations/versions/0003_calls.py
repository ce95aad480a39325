"""Calls of the hotline, and the callbacks that missed ones ask for.

Revision ID: 0003
Revises: 0002
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('call',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('external_id', sa.String(length=200), nullable=False),
    sa.Column('direction', sa.String(length=8), nullable=False),
    sa.Column('caller', sa.String(length=80), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('called', sa.String(length=80), nullable=False),
    sa.Column('queue', sa.String(length=80), nullable=False),
    sa.Column('agent', sa.String(length=80), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wait_seconds', sa.Double(), nullable=False),
    sa.Column('talk_seconds', sa.Double(), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('recording', sa.String(length=500), nullable=False),
    sa.Column('lines', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("direction IN ('inbound', 'outbound', 'internal')", name=op.f('ck_call_direction')),
    sa.CheckConstraint("outcome IN ('answered', 'abandoned', 'timed_out', 'voicemail', 'withdrawn', 'lost')", name=op.f('ck_call_outcome')),
    sa.ForeignKeyConstraint(['account_id'], ['channel_account.id'], name=op.f('fk_call_account_id_channel_account')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_call_person_id_person')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_call_ticket_id_ticket'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
    sa.UniqueConstraint('account_id', 'external_id', name=op.f('uq_call_account_id_external_id'))
    )
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.create_index('ix_call_arrived', ['arrived_at', 'id'], unique=False)
        batch_op.create_index('ix_call_number', ['number', 'arrived_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('callback',
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('open', sa.Boolean(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('held_until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_callback_agent_id_agent')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_callback_ticket_id_ticket'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('ticket_id', name=op.f('pk_callback'))
    )
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.create_index('ix_callback_due', ['open', 'next_try_at', 'ticket_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_callback_number'), ['number'], unique=False)


def downgrade():
    with op.batch_alter_table('callback', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_callback_number'))
        batch_op.drop_index('ix_callback_due')

    op.drop_table('callback')
    with op.batch_alter_table('call', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_call_person_id'))
        batch_op.drop_index('ix_call_number')
        batch_op.drop_index('ix_call_arrived')

    op.drop_table('call')
