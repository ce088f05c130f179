"""GET /api/v1/me by token and by cookie."""

from tests.support.web import Web


async def test_tells_who_is_logged_in(web: Web) -> None:
    person = web.cast.student
    async with web.as_user(person) as client:
        answer = await client.get("/api/v1/me")
    assert answer.status_code == 200
    assert answer.json() == {
        "user": {"id": person.id, "name": "Fatima el Amrani", "locale": "nl"},
        "role": "pupil",
        "school": {
            "id": web.cast.school_id,
            "slug": "de-brug",
            "name": "De Brug",
            "time_zone": "Europe/Amsterdam",
        },
    }
