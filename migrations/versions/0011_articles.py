"""The help centre: articles, their texts and versions, pictures and votes.

Revision ID: 0011
Revises: 0010
"""

from alembic import op
import sqlalchemy as sa

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def create_search():
    """The search index of what is published: one row of lexemes a text."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE article_search USING fts5("
            "lexemes, detail=none, columnsize=0, prefix='1 2 3', tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        op.execute(
            "CREATE TABLE article_search ("
            "text_id integer PRIMARY KEY REFERENCES article_text (id) ON DELETE CASCADE, "
            "lexemes tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_article_search_lexemes ON article_search USING gin (lexemes)")


def upgrade():
    op.create_table('article',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=False),
    sa.Column('slug', sa.String(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article')),
    sa.UniqueConstraint('slug', name=op.f('uq_article_slug'))
    )
    op.create_index('ix_article_place', 'article', ['topic', 'position', 'id'], unique=False)

    op.create_table('article_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('latest', sa.Integer(), nullable=False),
    sa.Column('published', sa.Integer(), nullable=True),
    sa.Column('published_at', TIME, nullable=True),
    sa.Column('helpful', sa.Integer(), nullable=False),
    sa.Column('unhelpful', sa.Integer(), nullable=False),
    sa.CheckConstraint("language IN ('zh', 'en')", name=op.f('ck_article_text_language')),
    sa.CheckConstraint('published <= latest', name=op.f('ck_article_text_published')),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_text_article_id_article'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article_text')),
    sa.UniqueConstraint('article_id', 'language', name=op.f('uq_article_text_article_id_language'))
    )
    op.create_index('ix_article_text_published', 'article_text', ['published_at', 'id'], unique=False)

    op.create_table('article_version',
    sa.Column('text_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['text_id'], ['article_text.id'], name=op.f('fk_article_version_text_id_article_text'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('text_id', 'number', name=op.f('pk_article_version'))
    )

    op.create_table('article_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=True),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('detail', sa.String(length=300), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind IN ('saved', 'restored', 'published', 'withdrawn', 'moved', 'picture')", name=op.f('ck_article_event_kind')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_article_event_agent_id_agent')),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_event_article_id_article'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article_event'))
    )
    op.create_index('ix_article_event_article', 'article_event', ['article_id', 'id'], unique=False)

    op.create_table('article_draft',
    sa.Column('login_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('article_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('based_on', sa.Integer(), nullable=False),
    sa.Column('updated_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_draft_article_id_article'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['login_id'], ['login.id'], name=op.f('fk_article_draft_login_id_login'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('login_id', 'article_id', 'language', name=op.f('pk_article_draft'))
    )

    op.create_table('article_vote',
    sa.Column('text_id', sa.Integer(), nullable=False),
    sa.Column('voter', sa.String(length=64), nullable=False),
    sa.Column('helpful', sa.Boolean(), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['text_id'], ['article_text.id'], name=op.f('fk_article_vote_text_id_article_text'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('text_id', 'voter', name=op.f('pk_article_vote'))
    )
    op.create_index('ix_article_vote_at', 'article_vote', ['at'], unique=False)

    op.create_table('article_picture',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('article_id', sa.Integer(), nullable=False),
    sa.Column('token', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('content_type', sa.String(length=32), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['article.id'], name=op.f('fk_article_picture_article_id_article'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_article_picture')),
    sa.UniqueConstraint('token', name=op.f('uq_article_picture_token'))
    )
    op.create_index('ix_article_picture_article', 'article_picture', ['article_id', 'id'], unique=False)
    create_search()


def downgrade():
    op.execute("DROP TABLE article_search")
    op.drop_index('ix_article_picture_article', table_name='article_picture')
    op.drop_table('article_picture')
    op.drop_index('ix_article_vote_at', table_name='article_vote')
    op.drop_table('article_vote')
    op.drop_table('article_draft')
    op.drop_index('ix_article_event_article', table_name='article_event')
    op.drop_table('article_event')
    op.drop_table('article_version')
    op.drop_index('ix_article_text_published', table_name='article_text')
    op.drop_table('article_text')
    op.drop_index('ix_article_place', table_name='article')
    op.drop_table('article')
