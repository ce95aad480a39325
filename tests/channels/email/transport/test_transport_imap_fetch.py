"""Reading a real mailbox: oldest first, each mail once, whatever people do meanwhile."""

from __future__ import annotations

from datetime import UTC

import pytest
from conftest_transport import NOW, a_mail, fetch_all, subjects

from channels.email import imap_mailbox, oversize
from channels.errors import ChannelError


def test_an_empty_mailbox_gives_nothing(mailbox, source_of):
    assert fetch_all(source_of(mailbox)) == ([], None)


def test_mails_come_oldest_first_with_their_bytes_unchanged(mailbox, source_of):
    mails = [a_mail("one"), a_mail("two"), a_mail("three")]
    mailbox.append(*mails)
    items, _cursor = fetch_all(source_of(mailbox))
    assert [item.raw for item in items] == mails


def test_only_what_lies_behind_the_cursor_comes(mailbox, source_of):
    """`n:*` names the last mail even when there is nothing new."""
    mailbox.append(a_mail("one"), a_mail("two"))
    source = source_of(mailbox)
    _items, cursor = fetch_all(source)
    assert fetch_all(source, cursor) == ([], cursor)
    mailbox.append(a_mail("three"))
    items, _later = fetch_all(source, cursor)
    assert subjects(items) == ["three"]


def test_an_external_id_names_folder_epoch_and_uid(mailbox, source_of):
    mailbox.append(a_mail("one"))
    [item], cursor = fetch_all(source_of(mailbox))
    assert item.external_id.endswith(f":INBOX:{cursor}")


def test_another_mailbox_with_the_same_numbers_has_other_external_ids(mailbox, dovecot, source_of):
    """Many servers begin with the same epoch, and every mailbox with the same UIDs."""
    ids = []
    for box in (mailbox, dovecot.mailbox()):
        box.count_from(7, 1)
        box.append(a_mail("one"))
        ids += fetch_all(source_of(box))[0]
    assert all(item.external_id.endswith(":INBOX:7:1") for item in ids)
    assert len({item.external_id for item in ids}) == 2


def test_a_mail_that_somebody_has_read_still_comes(mailbox, source_of):
    r"""BEHAVIOURS 21: progress does not depend on \Seen."""
    mailbox.append(a_mail("one"), a_mail("two"))
    with mailbox.look() as person:
        person.select_folder("INBOX")
        person.add_flags([1], [rb"\Seen"])
    items, _cursor = fetch_all(source_of(mailbox))
    assert subjects(items) == ["one", "two"]


def test_reading_leaves_mails_unread(mailbox, source_of):
    r"""BEHAVIOURS 21: and it never sets \Seen."""
    mailbox.append(a_mail("one"))
    fetch_all(source_of(mailbox, move_to="done"))
    with mailbox.look() as person:
        person.select_folder("INBOX", readonly=True)
        assert person.search("UNSEEN") == [1]


def test_a_new_epoch_starts_over_from_the_first_mail(mailbox, source_of):
    """BEHAVIOURS 21: UIDVALIDITY and UID are the cursor."""
    mailbox.append(a_mail("one"))
    items, cursor = fetch_all(source_of(mailbox), "1:900")
    assert subjects(items) == ["one"]
    assert cursor.endswith(":1")


def test_a_recreated_folder_is_a_new_epoch(mailbox, source_of):
    with mailbox.look() as person:
        person.create_folder("来信")
    mailbox.append(a_mail("one"), a_mail("two"), folder="来信")
    _items, cursor = fetch_all(source_of(mailbox, folder="来信"))
    with mailbox.look() as person:
        person.delete_folder("来信")
        person.create_folder("来信")
    mailbox.append(a_mail("three"), folder="来信")
    items, _later = fetch_all(source_of(mailbox, folder="来信"), cursor)
    assert subjects(items) == ["three"]


def test_starting_now_takes_only_what_comes_later(mailbox, source_of):
    mailbox.append(a_mail("old"))
    source = source_of(mailbox, start="now")
    items, cursor = fetch_all(source)
    assert (items, cursor is not None) == ([], True)
    mailbox.append(a_mail("new"))
    assert subjects(fetch_all(source, cursor)[0]) == ["new"]


def test_starting_now_on_an_empty_mailbox_loses_nothing(mailbox, source_of):
    source = source_of(mailbox, start="now")
    _items, cursor = fetch_all(source)
    mailbox.append(a_mail("first"))
    assert subjects(fetch_all(source, cursor)[0]) == ["first"]


def test_a_cursor_that_is_none_is_refused(mailbox, source_of):
    with pytest.raises(ChannelError) as raised:
        fetch_all(source_of(mailbox), "page-7")
    assert raised.value.code == "misconfigured"


def test_batches_are_bounded_by_count_and_each_has_its_cursor(mailbox, source_of):
    mailbox.append(*(a_mail(str(number)) for number in range(5)))
    batches = list(source_of(mailbox, batch_count=2).fetch(None, now=NOW))
    assert [len(batch.items) for batch in batches] == [2, 2, 1]
    assert [batch.cursor.split(":")[1] for batch in batches] == ["2", "4", "5"]


def test_batches_are_bounded_by_bytes(mailbox, source_of):
    mailbox.append(*(a_mail(str(number), size=3000) for number in range(4)))
    batches = list(source_of(mailbox, batch_bytes=7000).fetch(None, now=NOW))
    assert [len(batch.items) for batch in batches] == [2, 2]


def test_a_mail_that_vanishes_between_two_batches_is_passed_over(mailbox, source_of):
    mailbox.append(*(a_mail(str(number)) for number in range(4)))
    batches = source_of(mailbox, batch_count=2).fetch(None, now=NOW)
    next(batches)
    with mailbox.look() as person:
        person.select_folder("INBOX")
        person.delete_messages([3])
        person.expunge()
    assert subjects(list(next(batches).items)) == ["3"]
    assert list(batches) == []


def test_a_mail_that_arrives_while_reading_comes_with_the_next_look(mailbox, source_of):
    mailbox.append(a_mail("one"))
    source = source_of(mailbox)
    batches = source.fetch(None, now=NOW)
    cursor = next(batches).cursor
    mailbox.deliver(a_mail("two"))
    assert list(batches) == []
    assert subjects(fetch_all(source, cursor)[0]) == ["two"]


def test_a_mail_that_is_too_large_comes_as_a_note_and_the_next_goes_on(mailbox, source_of):
    """BEHAVIOURS 25: limits on size, the raw mail is kept, the loop goes on."""
    large = a_mail("large", size=300_000)
    mailbox.append(large, a_mail("small"))
    items, _cursor = fetch_all(source_of(mailbox, max_message_bytes=200_000))
    assert subjects(items) == ["large", "small"]
    left = oversize.not_fetched(items[0].raw)
    assert (left.code, left.size, left.limit) == ("too_large", len(large), 200_000)
    assert len(items[0].raw) < oversize.HEAD_BYTES + 100
    assert mailbox.mails()[0] == large


def test_arrival_is_in_utc_and_never_in_the_future(mailbox, source_of):
    mailbox.append(a_mail("one"))
    [item], _cursor = fetch_all(source_of(mailbox))
    assert item.received_at.tzinfo is UTC
    assert item.received_at < NOW
    early = item.received_at.replace(year=2020)
    [batch] = source_of(mailbox).fetch(None, now=early)
    assert batch.items[0].received_at == early


def test_a_large_folder_is_searched_in_windows(mailbox, source_of, monkeypatch):
    monkeypatch.setattr(imap_mailbox, "SEARCH_WINDOW", 3)
    mailbox.append(*(a_mail(str(number)) for number in range(10)))
    source = source_of(mailbox)
    items, cursor = fetch_all(source)
    assert subjects(items) == [str(number) for number in range(10)]
    epoch = cursor.split(":")[0]
    for seen in range(10):
        later, _cursor = fetch_all(source, f"{epoch}:{seen}")
        assert subjects(later) == [str(number) for number in range(seen, 10)]


def test_a_connection_that_died_meanwhile_is_replaced(mailbox, source_of):
    source = source_of(mailbox)
    fetch_all(source)
    source._connection.socket().shutdown(2)
    mailbox.append(a_mail("one"))
    assert subjects(fetch_all(source)[0]) == ["one"]
