"""Conversations on microblogs, the calls of a day, and the pushes that came.

Revision ID: 0005
Revises: 0004
"""

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('request_meter',
    sa.Column('account_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('writes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['channel_account.id'], name=op.f('fk_request_meter_account_id_channel_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'day', name=op.f('pk_request_meter'))
    )
    op.create_table('post_thread',
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_post_thread_ticket_id_ticket'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_post_thread'))
    )
    with op.batch_alter_table('post_thread', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_post_thread_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('push_nonce',
    sa.Column('account_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('nonce', sa.String(length=130), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['channel_account.id'], name=op.f('fk_push_nonce_account_id_channel_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'nonce', name=op.f('pk_push_nonce'))
    )
    with op.batch_alter_table('push_nonce', schema=None) as batch_op:
        batch_op.create_index('ix_push_nonce_at', ['at'], unique=False)


def downgrade():
    with op.batch_alter_table('push_nonce', schema=None) as batch_op:
        batch_op.drop_index('ix_push_nonce_at')

    op.drop_table('push_nonce')
    with op.batch_alter_table('post_thread', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_post_thread_ticket_id'))

    op.drop_table('post_thread')
    op.drop_table('request_meter')
