"""On-site visits, the dates spoken of, and each agent's own calendar address.

Revision ID: 0006
Revises: 0005
"""

from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('turn', sa.String(length=8), nullable=True),
    sa.Column('place', sa.String(length=300), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('contact', sa.String(length=100), nullable=False),
    sa.Column('phone', sa.String(length=40), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('days_before', sa.Integer(), nullable=False),
    sa.Column('days_after', sa.Integer(), nullable=False),
    sa.Column('away_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('away_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_office_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_center_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('done_text', sa.Text(), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('signed_by', sa.String(length=100), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('report_message_id', sa.Integer(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminder', sa.String(length=8), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("reminder IN ('answer', 'before', 'report')", name=op.f('ck_visit_reminder')),
    sa.CheckConstraint("state IN ('requested', 'proposed', 'confirmed', 'done', 'cancelled')", name=op.f('ck_visit_state')),
    sa.CheckConstraint("turn IN ('office', 'center')", name=op.f('ck_visit_turn')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_visit_agent_id_agent')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_visit_center_id_center')),
    sa.ForeignKeyConstraint(['report_message_id'], ['message.id'], name=op.f('fk_visit_report_message_id_message'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_visit_ticket_id_ticket'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index('ix_visit_agent', ['agent_id', 'away_until'], unique=False)
        batch_op.create_index('ix_visit_center', ['center_id', 'id'], unique=False)
        batch_op.create_index('ix_visit_due', ['next_at', 'id'], unique=False)
        batch_op.create_index('ix_visit_starts', ['starts_at', 'id'], unique=False)
        batch_op.create_index('ix_visit_state', ['state', 'created_at', 'id'], unique=False)
        batch_op.create_index('ix_visit_ticket', ['ticket_id', 'id'], unique=False)
        batch_op.create_index('uq_visit_open', ['ticket_id'], unique=True, sqlite_where=sa.text("state IN ('requested', 'proposed', 'confirmed')"), postgresql_where=sa.text("state IN ('requested', 'proposed', 'confirmed')"))

    op.create_table('visit_date',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_office', sa.Boolean(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('open', 'accepted', 'withdrawn')", name=op.f('ck_visit_date_state')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_visit_date_visit_id_visit'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_date'))
    )
    with op.batch_alter_table('visit_date', schema=None) as batch_op:
        batch_op.create_index('ix_visit_date_starts', ['starts_at', 'state'], unique=False)
        batch_op.create_index('ix_visit_date_visit', ['visit_id', 'state'], unique=False)

    # an index, not a constraint: SQLite would copy the table for that, and dropping the
    # old one would take the sign-ins along
    op.add_column('agent', sa.Column('calendar_token', sa.String(length=64), nullable=True))
    op.create_index('uq_agent_calendar_token', 'agent', ['calendar_token'], unique=True)



def downgrade():
    op.drop_index('uq_agent_calendar_token', table_name='agent')
    op.drop_column('agent', 'calendar_token')

    with op.batch_alter_table('visit_date', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_date_visit')
        batch_op.drop_index('ix_visit_date_starts')

    op.drop_table('visit_date')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index('uq_visit_open', sqlite_where=sa.text("state IN ('requested', 'proposed', 'confirmed')"), postgresql_where=sa.text("state IN ('requested', 'proposed', 'confirmed')"))
        batch_op.drop_index('ix_visit_ticket')
        batch_op.drop_index('ix_visit_state')
        batch_op.drop_index('ix_visit_starts')
        batch_op.drop_index('ix_visit_due')
        batch_op.drop_index('ix_visit_center')
        batch_op.drop_index('ix_visit_agent')

    op.drop_table('visit')
