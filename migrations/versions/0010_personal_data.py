"""Sealed numbers, the log of who saw them, and channel managers.

Revision ID: 0010
Revises: 0009
"""

from alembic import op
import sqlalchemy as sa

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade():
    op.create_table('sealed_number',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('cipher', sa.LargeBinary(), nullable=True),
    sa.Column('key_id', sa.String(length=16), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=True),
    sa.Column('masked', sa.String(length=40), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('erased_at', TIME, nullable=True),
    sa.CheckConstraint("kind IN ('id_number', 'phone')", name=op.f('ck_sealed_number_kind')),
    sa.CheckConstraint('(erased_at IS NULL) = (cipher IS NOT NULL AND key_id IS NOT NULL AND digest IS NOT NULL)', name=op.f('ck_sealed_number_sealed_or_erased')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sealed_number'))
    )
    with op.batch_alter_table('sealed_number', schema=None) as batch_op:
        batch_op.create_index('ix_sealed_number_digest', ['digest'], unique=False)
        batch_op.create_index('ix_sealed_number_key', ['key_id', 'id'], unique=False)

    op.create_table('personal_access',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('sealed_id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=True),
    sa.Column('what', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.CheckConstraint("what IN ('revealed', 'erased')", name=op.f('ck_personal_access_what')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_personal_access_agent_id_agent')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_personal_access_center_id_center'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['sealed_id'], ['sealed_number.id'], name=op.f('fk_personal_access_sealed_id_sealed_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_personal_access'))
    )
    with op.batch_alter_table('personal_access', schema=None) as batch_op:
        batch_op.create_index('ix_personal_access_agent', ['agent_id', 'id'], unique=False)
        batch_op.create_index('ix_personal_access_center', ['center_id', 'id'], unique=False)
        batch_op.create_index('ix_personal_access_sealed', ['sealed_id'], unique=False)

    # not in a batch: SQLite would copy the table, which most others name
    op.add_column('agent', sa.Column('channel_manager', sa.Boolean(), server_default=sa.false(), nullable=False))
    if op.get_bind().dialect.name == 'postgresql':
        op.alter_column('agent', 'channel_manager', server_default=None)


def downgrade():
    op.drop_column('agent', 'channel_manager')
    op.drop_table('personal_access')
    op.drop_table('sealed_number')
