"""One key, one payment: what a repeat of create is answered."""

HEADER = "X-GCS-Idempotence-Request-Timestamp"


def test_a_repeat_gets_the_first_answer(merchant):
    """Status, body and Location are those of the first answer, with the time of the first request."""
    first = merchant.create(reference="replay", key="replay")
    assert HEADER not in first.headers
    merchant.approve(first.json()["payment"]["id"])
    second = merchant.create(reference="replay", key="replay")
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers[HEADER].isdigit()
    assert len(merchant.books("replay")) == 1


def test_a_repeat_gets_a_decline_again(merchant):
    """A decline is an answer like any other: it is replayed and no second card is tried."""
    first = merchant.create(token="token-mastercard-declined", key="declined", reference="declined-1")
    second = merchant.create(token="token-visa-approved", key="declined", reference="declined-2")
    assert (second.status_code, second.content) == (402, first.content)
    assert HEADER in second.headers


def test_another_body_under_the_key_changes_nothing(merchant):
    """The key alone decides: the first answer comes back and nothing new is made."""
    first = merchant.create(reference="body-one", key="another-body")
    second = merchant.create(reference="body-two", key="another-body", amount=1)
    assert second.content == first.content
    assert merchant.books("body-two") == []


def test_refusals_leave_the_key_free(merchant):
    """A validation error and a duplicate reference are not kept: the corrected request goes through."""
    assert merchant.create(amount=-1, key="corrected").status_code == 400
    merchant.created(reference="taken")
    assert merchant.create(reference="taken", key="corrected").status_code == 409
    answered = merchant.create(key="corrected")
    assert answered.status_code == 201
    assert HEADER not in answered.headers


def test_keys_are_kept_24_hours(start):
    """A repeat after 23 hours is a replay; after 24 hours the key is forgotten, the reference is not."""
    merchant = start()
    first = merchant.create(reference="day", key="day")
    merchant.advance(23 * 3600)
    assert merchant.create(reference="day", key="day").content == first.content
    merchant.advance(3600)
    assert merchant.create(reference="day", key="day").status_code == 409
    assert merchant.create(reference="next-day", key="day").status_code == 201
