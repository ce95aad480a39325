"""Tidying up: stored mails may move to a folder, nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest_transport import NOW, a_mail, fetch_all, subjects

from channels.errors import ChannelError
from tests.servers.dovecot import Dovecot, run_dovecot


def store_and_tidy(source) -> None:
    items, _cursor = fetch_all(source)
    source.done(tuple(items))


def test_stored_mails_move_to_a_folder_that_is_made_for_them(mailbox, source_of):
    mailbox.append(a_mail("one"), a_mail("two"))
    store_and_tidy(source_of(mailbox, move_to="已处理"))
    assert mailbox.mails() == []
    assert mailbox.mails("已处理") == [a_mail("one"), a_mail("two")]


def test_an_existing_folder_is_used_again(mailbox, source_of):
    source = source_of(mailbox, move_to="已处理")
    for subject in ("one", "two"):
        mailbox.append(a_mail(subject))
        store_and_tidy(source)
    assert len(mailbox.mails("已处理")) == 2


def test_without_a_folder_everything_stays_where_it_is(mailbox, source_of):
    mailbox.append(a_mail("one"))
    store_and_tidy(source_of(mailbox))
    assert mailbox.mails() == [a_mail("one")]


def test_moving_does_not_disturb_reading_on(mailbox, source_of):
    mailbox.append(*(a_mail(str(number)) for number in range(5)))
    source = source_of(mailbox, move_to="done", batch_count=2)
    seen = []
    for batch in source.fetch(None, now=NOW):
        seen += subjects(list(batch.items))
        source.done(batch.items)
    assert seen == ["0", "1", "2", "3", "4"]
    assert mailbox.mails() == []


def test_a_mail_that_was_too_large_stays_in_the_mailbox(mailbox, source_of):
    mailbox.append(a_mail("large", size=5000), a_mail("small"))
    store_and_tidy(source_of(mailbox, move_to="done", max_message_bytes=1000))
    assert mailbox.mails() == [a_mail("large", size=5000)]


def test_items_of_another_epoch_are_left_alone(mailbox, source_of):
    mailbox.append(a_mail("one"))
    source = source_of(mailbox, move_to="done")
    items, _cursor = fetch_all(source)
    old = type(items[0])("INBOX:1:1", items[0].raw, items[0].received_at)
    source.done((old,))
    assert mailbox.mails() == [a_mail("one")]


def test_a_mail_that_is_gone_already_does_no_harm(mailbox, source_of):
    mailbox.append(a_mail("one"))
    source = source_of(mailbox, move_to="done")
    items, _cursor = fetch_all(source)
    with mailbox.look() as person:
        person.select_folder("INBOX")
        person.delete_messages([1])
        person.expunge()
    source.done(tuple(items))
    assert mailbox.mails() == []


@pytest.fixture(scope="module")
def old_server(certificates) -> Iterator[Dovecot]:
    """Run a server that offers neither MOVE, UIDPLUS nor IDLE, with an INBOX. prefix."""
    spare = (
        "imap_capability = IMAP4rev1 LITERAL+ NAMESPACE AUTH=PLAIN\n"
        "namespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = .\n}\n"
    )
    with run_dovecot(certificates, spare) as server:
        yield server


def test_a_server_without_move_copies_and_removes(old_server, source_of):
    mailbox = old_server.mailbox()
    mailbox.append(a_mail("one"))
    store_and_tidy(source_of(mailbox, move_to="已处理"))
    assert mailbox.mails() == []
    assert mailbox.mails("INBOX.已处理") == [a_mail("one")]


def test_what_a_person_has_marked_for_deletion_is_not_expunged(old_server, source_of):
    mailbox = old_server.mailbox()
    mailbox.append(a_mail("one"), a_mail("two"))
    source = source_of(mailbox, move_to="done", batch_count=1)
    items, _cursor = fetch_all(source)
    with mailbox.look() as person:
        person.select_folder("INBOX")
        person.delete_messages([2])
    source.done((items[0],))
    assert mailbox.mails() == [a_mail("one"), a_mail("two")]
    assert mailbox.mails("INBOX.done") == [a_mail("one")]


def test_a_folder_that_cannot_be_made_is_an_error_with_its_reason(mailbox, source_of):
    mailbox.append(a_mail("one"))
    source = source_of(mailbox, move_to="a//b")
    items, _cursor = fetch_all(source)
    with pytest.raises(ChannelError) as raised:
        source.done(tuple(items))
    assert raised.value.code == "refused"
    assert mailbox.mails() == [a_mail("one")]
