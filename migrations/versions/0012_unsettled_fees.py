"""Find exam fees that are not with the office without reading twenty years of them.

Revision ID: 0012
Revises: 0011
"""

from alembic import op
import sqlalchemy as sa

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('remittance', schema=None) as batch_op:
        batch_op.create_index(
            'ix_remittance_unsettled', ['exam_on', 'id'], unique=False,
            sqlite_where=sa.text('confirmed_on IS NULL'),
            postgresql_where=sa.text('confirmed_on IS NULL'),
        )


def downgrade():
    with op.batch_alter_table('remittance', schema=None) as batch_op:
        batch_op.drop_index('ix_remittance_unsettled')
