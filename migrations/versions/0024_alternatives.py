"""What a column may hold is written as alternatives.

For ``IN`` with more than two values SQLite fills a table in memory anew for every row that
is written. It changes a rule in the table's own text, as sqlite.org/lang_altertable.html
("Making Other Kinds Of Table Schema Changes") has it: nothing is copied, for no row changes.

Revision ID: 0024
Revises: 0023
"""

from alembic import op
import sqlalchemy as sa


revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

RULES = (
    ('agent', 'role', 'agent manager admin'),
    ('annual_review', 'outcome', 'passed failed missed_task'),
    ('article_event', 'kind', 'saved restored published withdrawn moved picture'),
    ('article_text', 'language', 'zh en'),
    ('automation', 'occasion', 'arrival waiting resolved'),
    ('calendar_exception', 'kind', 'holiday makeup opening'),
    ('calendar_year', 'mark', 'official provisional'),
    ('call', 'outcome', 'answered abandoned timed_out voicemail withdrawn lost'),
    ('call', 'direction', 'inbound outbound internal'),
    ('center', 'state', 'draft submitted site_visit filed joint_review approved rejected contracted trained authorized exit_requested exit_processing exited'),
    ('center', 'exit_by', 'fail_annual_review miss_annual_task breach lose_licence request_exit'),
    ('center_request', 'kind', 'change exit'),
    ('center_request', 'state', 'open accepted refused withdrawn'),
    ('channel_account', 'state', 'active paused failing retired'),
    ('document', 'kind', 'licence school_certificate credentials floor_plan photograph visit_report opinion agreement review exit_application evidence return_receipt download other'),
    ('inbound', 'state', 'pending done duplicate suppressed quarantined'),
    ('message', 'delivery', 'none queued sent failed'),
    ('message', 'direction', 'in out note'),
    ('opinion', 'body', 'guidance_center internet_base'),
    ('outbox', 'kind', 'reply acknowledgement notice account'),
    ('outbox', 'state', 'queued sending sent dead dropped'),
    ('personal_access', 'what', 'revealed erased'),
    ('public_notice', 'kind', 'cancellation general'),
    ('report_schedule', 'every', 'week month'),
    ('sealed_number', 'kind', 'id_number phone'),
    ('setting_change', 'act', 'added changed removed'),
    ('target', 'state', 'running paused met breached cancelled'),
    ('ticket', 'priority', 'low normal high urgent'),
    ('ticket', 'status', 'open waiting resolved closed merged spam'),
    ('ticket_sum', 'grain', 'day month'),
    ('visit', 'reminder', 'answer before report'),
    ('visit', 'state', 'requested proposed confirmed done cancelled'),
    ('visit', 'turn', 'office center'),
    ('visit_date', 'state', 'open accepted withdrawn'),
)


def upgrade():
    replace(inclusion, alternatives)


def downgrade():
    replace(alternatives, inclusion)


def inclusion(column, values):
    listed = ', '.join(f"'{value}'" for value in values)
    return f'{column} IN ({listed})'


def alternatives(column, values):
    return ' OR '.join(f"{column} = '{value}'" for value in values)


def replace(before, after):
    rules = [(table, column, values.split()) for table, column, values in RULES]
    if op.get_bind().dialect.name == 'sqlite':
        return rewrite([(table, column, before(column, values), after(column, values)) for table, column, values in rules])
    for table, column, values in rules:
        op.drop_constraint(op.f(f'ck_{table}_{column}'), table, type_='check')
        op.create_check_constraint(op.f(f'ck_{table}_{column}'), table, after(column, values))


def rewrite(rules):
    connection = op.get_bind()
    version = connection.exec_driver_sql('PRAGMA schema_version').scalar_one()
    connection.exec_driver_sql('PRAGMA writable_schema = ON')
    try:
        for table, column, before, after in rules:
            begin = f'CONSTRAINT ck_{table}_{column} CHECK ('
            changed = connection.execute(
                sa.text(
                    'UPDATE sqlite_master SET sql = replace(sql, :before, :after)'
                    " WHERE type = 'table' AND name = :table AND instr(sql, :before) > 0"
                ),
                {'table': table, 'before': f'{begin}{before})', 'after': f'{begin}{after})'},
            )
            if changed.rowcount != 1:
                raise RuntimeError(f'the table {table} has no rule that {before}')
        connection.exec_driver_sql(f'PRAGMA schema_version = {version + 1}')
    finally:
        connection.exec_driver_sql('PRAGMA writable_schema = OFF')
