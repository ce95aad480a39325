"""Centers from application to exit: their log, record, papers and notices.

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')
TIME = sa.DateTime(timezone=True)


def upgrade():
    op.create_table('application',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=True),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('locale', sa.String(length=16), nullable=False),
    sa.Column('data', JSON, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', TIME, nullable=True),
    sa.Column('submitted_at', TIME, nullable=True),
    sa.Column('erased_at', TIME, nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('updated_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_application_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_application_ticket_id_ticket'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_application')),
    sa.UniqueConstraint('center_id', name=op.f('uq_application_center_id')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_application_token_hash'))
    )
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.create_index('ix_application_draft', ['updated_at', 'id'], unique=False)
        batch_op.create_index('ix_application_email', ['email'], unique=False)

    op.create_table('lecturer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('senior', sa.Boolean(), nullable=False),
    sa.Column('certificate_no', sa.String(length=64), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_lecturer_center_id_center'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lecturer'))
    )
    with op.batch_alter_table('lecturer', schema=None) as batch_op:
        batch_op.create_index('ix_lecturer_center', ['center_id', 'id'], unique=False)

    op.create_table('qualification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('criterion', sa.String(length=32), nullable=False),
    sa.Column('figure', sa.String(length=300), nullable=False),
    sa.Column('judged', sa.Boolean(), nullable=True),
    sa.Column('confirmed', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_qualification_center_id_center'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_qualification')),
    sa.UniqueConstraint('center_id', 'criterion', name=op.f('uq_qualification_center_id_criterion'))
    )
    op.create_table('remittance',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('exam_on', sa.Date(), nullable=False),
    sa.Column('intermediate', sa.Integer(), nullable=False),
    sa.Column('senior', sa.Integer(), nullable=False),
    sa.Column('fee_intermediate', sa.Integer(), nullable=False),
    sa.Column('fee_senior', sa.Integer(), nullable=False),
    sa.Column('collected_on', sa.Date(), nullable=True),
    sa.Column('remitted_on', sa.Date(), nullable=True),
    sa.Column('remitted', sa.Integer(), nullable=False),
    sa.Column('confirmed_on', sa.Date(), nullable=True),
    sa.Column('confirmed_by', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_remittance_center_id_center'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remittance'))
    )
    with op.batch_alter_table('remittance', schema=None) as batch_op:
        batch_op.create_index('ix_remittance_center', ['center_id', 'exam_on'], unique=False)
        batch_op.create_index('ix_remittance_exam', ['exam_on', 'id'], unique=False)

    op.create_table('teacher',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('course', sa.String(length=200), nullable=False),
    sa.Column('full_time', sa.Boolean(), nullable=True),
    sa.Column('years', sa.Integer(), nullable=True),
    sa.Column('remarks', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_teacher_center_id_center'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_teacher'))
    )
    with op.batch_alter_table('teacher', schema=None) as batch_op:
        batch_op.create_index('ix_teacher_center', ['center_id', 'position', 'id'], unique=False)

    op.create_table('center_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=64), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.Column('recorded_at', TIME, nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('data', JSON, nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_center_event_agent_id_agent')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_center_event_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_center_event_person_id_person'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_center_event'))
    )
    with op.batch_alter_table('center_event', schema=None) as batch_op:
        batch_op.create_index('ix_center_event_center', ['center_id', 'id'], unique=False)

    op.create_table('document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('application_id', sa.Integer(), nullable=True),
    sa.Column('center_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('content_type', sa.String(length=127), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('replaces_id', sa.Integer(), nullable=True),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('removed_at', TIME, nullable=True),
    sa.CheckConstraint("kind IN ('licence', 'school_certificate', 'credentials', 'floor_plan', 'photograph', 'visit_report', 'opinion', 'agreement', 'review', 'exit_application', 'evidence', 'return_receipt', 'download', 'other')", name=op.f('ck_document_kind')),
    sa.CheckConstraint('application_id IS NOT NULL OR center_id IS NOT NULL', name=op.f('ck_document_belongs_somewhere')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_document_agent_id_agent')),
    sa.ForeignKeyConstraint(['application_id'], ['application.id'], name=op.f('fk_document_application_id_application'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_document_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_document_person_id_person'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['replaces_id'], ['document.id'], name=op.f('fk_document_replaces_id_document'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document')),
    sa.UniqueConstraint('replaces_id', name=op.f('uq_document_replaces_id'))
    )
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index('ix_document_application', ['application_id', 'id'], unique=False)
        batch_op.create_index('ix_document_center', ['center_id', 'id'], unique=False)

    op.create_table('agreement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=64), nullable=False),
    sa.Column('region', sa.String(length=100), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('office_representative', sa.String(length=100), nullable=False),
    sa.Column('center_representative', sa.String(length=100), nullable=False),
    sa.Column('fee_intermediate', sa.Integer(), nullable=False),
    sa.Column('fee_senior', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('taken_up', sa.Boolean(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_why', sa.String(length=500), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.CheckConstraint('valid_from < valid_to', name=op.f('ck_agreement_dates')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_agreement_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_agreement_document_id_document'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreement'))
    )
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.create_index('ix_agreement_center', ['center_id', 'valid_from'], unique=False)
        batch_op.create_index('ix_agreement_ends', ['valid_to', 'center_id'], unique=False)

    op.create_table('opinion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('body', sa.String(length=32), nullable=False),
    sa.Column('favourable', sa.Boolean(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.CheckConstraint("body IN ('guidance_center', 'internet_base')", name=op.f('ck_opinion_body')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_opinion_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_opinion_document_id_document'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opinion')),
    sa.UniqueConstraint('center_id', 'body', name=op.f('uq_opinion_center_id_body'))
    )
    op.create_table('annual_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('task', sa.String(length=500), nullable=False),
    sa.Column('target', sa.Integer(), nullable=True),
    sa.Column('done', sa.Integer(), nullable=True),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('agreement_id', sa.Integer(), nullable=True),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.CheckConstraint("outcome IN ('passed', 'failed', 'missed_task')", name=op.f('ck_annual_review_outcome')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreement.id'], name=op.f('fk_annual_review_agreement_id_agreement'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_annual_review_center_id_center'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_annual_review')),
    sa.UniqueConstraint('center_id', 'year', name=op.f('uq_annual_review_center_id_year'))
    )
    op.create_table('center_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('proposed', JSON, nullable=False),
    sa.Column('reason', sa.String(length=1000), nullable=False),
    sa.Column('answer', sa.String(length=1000), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('decided_by', sa.String(length=200), nullable=False),
    sa.Column('decided_at', TIME, nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.CheckConstraint("kind IN ('change', 'exit')", name=op.f('ck_center_request_kind')),
    sa.CheckConstraint("state IN ('open', 'accepted', 'refused', 'withdrawn')", name=op.f('ck_center_request_state')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_center_request_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_center_request_document_id_document'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_center_request_person_id_person'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_center_request_ticket_id_ticket'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_center_request'))
    )
    with op.batch_alter_table('center_request', schema=None) as batch_op:
        batch_op.create_index('ix_center_request_center', ['center_id', 'id'], unique=False)
        batch_op.create_index('ix_center_request_state', ['state', 'id'], unique=False)

    op.create_table('public_notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('center_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('title_en', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('text_en', sa.Text(), nullable=False),
    sa.Column('published_at', TIME, nullable=True),
    sa.Column('withdrawn_at', TIME, nullable=True),
    sa.Column('post_id', sa.Integer(), nullable=True),
    sa.Column('posted_url', sa.String(length=500), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.CheckConstraint("kind IN ('cancellation', 'general')", name=op.f('ck_public_notice_kind')),
    sa.ForeignKeyConstraint(['center_id'], ['center.id'], name=op.f('fk_public_notice_center_id_center'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['outbox.id'], name=op.f('fk_public_notice_post_id_outbox'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_public_notice'))
    )
    with op.batch_alter_table('public_notice', schema=None) as batch_op:
        batch_op.create_index('ix_public_notice_center', ['center_id', 'kind'], unique=False)
        batch_op.create_index('ix_public_notice_published', ['published_at', 'id'], unique=False)

    with op.batch_alter_table('center', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state_since', TIME, nullable=True))
        batch_op.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('institution_type', sa.String(length=32), server_default='', nullable=False))
        batch_op.add_column(sa.Column('credit_code', sa.String(length=18), server_default='', nullable=False))
        batch_op.add_column(sa.Column('phone', sa.String(length=40), server_default='', nullable=False))
        batch_op.add_column(sa.Column('fax', sa.String(length=40), server_default='', nullable=False))
        batch_op.add_column(sa.Column('postcode', sa.String(length=6), server_default='', nullable=False))
        batch_op.add_column(sa.Column('address', sa.String(length=300), server_default='', nullable=False))
        batch_op.add_column(sa.Column('legal_representative', sa.String(length=100), server_default='', nullable=False))
        batch_op.add_column(sa.Column('legal_phone', sa.String(length=40), server_default='', nullable=False))
        batch_op.add_column(sa.Column('profile', JSON, server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('plaque_no', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('certificate_no', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('granted_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('agreement_to', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('review_due_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('exit_by', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('plaque_returned_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('documents_returned_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('cooperates_again_from', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('next_at', TIME, nullable=True))
        batch_op.add_column(sa.Column('reminder', sa.String(length=32), nullable=True))
        batch_op.create_index('ix_center_credit_code', ['credit_code'], unique=False)
        batch_op.create_index('ix_center_due', ['next_at', 'id'], unique=False)
        batch_op.create_index('ix_center_state', ['state', 'state_since', 'id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_center_merged_into_id_center'), 'center', ['merged_into_id'], ['id'])
    op.execute('UPDATE center SET state_since = created_at')
    new = ('version', 'institution_type', 'credit_code', 'phone', 'fax', 'postcode', 'address', 'legal_representative', 'legal_phone', 'profile', 'plaque_no', 'certificate_no')
    with op.batch_alter_table('center', schema=None) as batch_op:
        batch_op.alter_column('state_since', existing_type=TIME, nullable=False)
        for name in new:
            batch_op.alter_column(name, server_default=None)
        batch_op.create_check_constraint(batch_op.f('ck_center_state'), "state IN ('draft', 'submitted', 'site_visit', 'filed', 'joint_review', 'approved', 'rejected', 'contracted', 'trained', 'authorized', 'exit_requested', 'exit_processing', 'exited')")
        batch_op.create_check_constraint(batch_op.f('ck_center_exit_by'), "exit_by IN ('fail_annual_review', 'miss_annual_task', 'breach', 'lose_licence', 'request_exit')")

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.add_column(sa.Column('center_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_notification_center_id_center'), 'center', ['center_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lead', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.alter_column('lead', server_default=None)



def downgrade():
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_column('lead')

    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_notification_center_id_center'), type_='foreignkey')
        batch_op.drop_column('center_id')

    with op.batch_alter_table('center', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_center_merged_into_id_center'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('ck_center_exit_by'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_center_state'), type_='check')
        batch_op.drop_index('ix_center_state')
        batch_op.drop_index('ix_center_due')
        batch_op.drop_index('ix_center_credit_code')
        batch_op.drop_column('reminder')
        batch_op.drop_column('next_at')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('cooperates_again_from')
        batch_op.drop_column('documents_returned_on')
        batch_op.drop_column('plaque_returned_on')
        batch_op.drop_column('exit_by')
        batch_op.drop_column('review_due_on')
        batch_op.drop_column('agreement_to')
        batch_op.drop_column('granted_on')
        batch_op.drop_column('certificate_no')
        batch_op.drop_column('plaque_no')
        batch_op.drop_column('profile')
        batch_op.drop_column('legal_phone')
        batch_op.drop_column('legal_representative')
        batch_op.drop_column('address')
        batch_op.drop_column('postcode')
        batch_op.drop_column('fax')
        batch_op.drop_column('phone')
        batch_op.drop_column('credit_code')
        batch_op.drop_column('institution_type')
        batch_op.drop_column('version')
        batch_op.drop_column('state_since')

    with op.batch_alter_table('public_notice', schema=None) as batch_op:
        batch_op.drop_index('ix_public_notice_published')
        batch_op.drop_index('ix_public_notice_center')

    op.drop_table('public_notice')
    with op.batch_alter_table('center_request', schema=None) as batch_op:
        batch_op.drop_index('ix_center_request_state')
        batch_op.drop_index('ix_center_request_center')

    op.drop_table('center_request')
    op.drop_table('annual_review')
    op.drop_table('opinion')
    with op.batch_alter_table('agreement', schema=None) as batch_op:
        batch_op.drop_index('ix_agreement_ends')
        batch_op.drop_index('ix_agreement_center')

    op.drop_table('agreement')
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index('ix_document_center')
        batch_op.drop_index('ix_document_application')

    op.drop_table('document')
    with op.batch_alter_table('center_event', schema=None) as batch_op:
        batch_op.drop_index('ix_center_event_center')

    op.drop_table('center_event')
    with op.batch_alter_table('teacher', schema=None) as batch_op:
        batch_op.drop_index('ix_teacher_center')

    op.drop_table('teacher')
    with op.batch_alter_table('remittance', schema=None) as batch_op:
        batch_op.drop_index('ix_remittance_exam')
        batch_op.drop_index('ix_remittance_center')

    op.drop_table('remittance')
    op.drop_table('qualification')
    with op.batch_alter_table('lecturer', schema=None) as batch_op:
        batch_op.drop_index('ix_lecturer_center')

    op.drop_table('lecturer')
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_index('ix_application_email')
        batch_op.drop_index('ix_application_draft')

    op.drop_table('application')
