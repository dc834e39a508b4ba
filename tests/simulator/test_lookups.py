"""What get and find answer, and who answers what is not there."""

import pytest


def property_names(answered):
    assert answered.status_code == 400, answered.text
    return [error.get("propertyName") for error in answered.json()["errors"]]


def find(merchant, query):
    return merchant.send("GET", f"/v1/1234/payments?{query}")


def test_find_pages(merchant, body):
    """Ten to a page unless told otherwise, with the total over all pages, oldest first."""
    ids = []
    for number in range(12):
        content = body(reference=f"listed-{number}")
        content["order"]["references"]["merchantOrderId"] = 4711
        ids.append(merchant.create(content).json()["payment"]["id"])
    first = find(merchant, "merchantOrderId=4711").json()
    assert [first[name] for name in ("offset", "limit", "totalCount")] == [0, 10, 12]
    assert [payment["id"] for payment in first["payments"]] == ids[:10]
    second = find(merchant, "merchantOrderId=4711&offset=10&limit=100").json()
    assert [payment["id"] for payment in second["payments"]] == ids[10:]
    assert find(merchant, "merchantReference=listed-3&merchantOrderId=4711").json()["totalCount"] == 1
    assert find(merchant, "merchantReference=listed-3&merchantOrderId=1").json()["totalCount"] == 0
    assert find(merchant, "hostedCheckoutId=unknown").json()["payments"] == []


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "offset=-1", "offset=x", "merchantOrderId=seven"])
def test_find_refuses_odd_numbers(merchant, query):
    """Paging beyond its limits names the parameter."""
    assert property_names(find(merchant, query)) == [query.split("=")[0]]


def test_unknown_objects_answer_json(merchant):
    """An unknown payment is a JSON 404 in every operation, so it is told from a wrong address."""
    for payment_id, code in (("000000123499999999990000100001", "300240"), ("123", "1002")):
        for answered in (merchant.get(payment_id), merchant.approve(payment_id), merchant.cancel(payment_id)):
            assert (answered.status_code, answered.json()["errors"][0]["code"]) == (404, code)


def test_unknown_paths_answer_html(merchant):
    """A wrong address and a wrong method answer text/html."""
    for method, path, status in (("GET", "/v2/1234/payments", 404), ("DELETE", "/v1/1234/payments", 405)):
        answered = merchant.send(method, path)
        assert answered.status_code == status
        assert answered.headers["Content-Type"].startswith("text/html")


def test_return_operations_is_read(merchant):
    """The flag is taken as the SDK writes it, and an odd value refused."""
    payment_id = merchant.created()
    assert merchant.get(payment_id, "?returnOperations=True").status_code == 200
    assert property_names(merchant.get(payment_id, "?returnOperations=maybe")) == ["returnOperations"]
