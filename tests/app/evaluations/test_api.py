"""The API of evaluations and imports over HTTP: shapes, statuses, roles."""

import pytest

from tests.app.imports.files import TEAM
from tests.support.cast import CANARY
from tests.support.web import Web

BASE = "/api/v1/evaluations"


def form(data: str = TEAM, name: str = "feedback.csv") -> dict[str, tuple[str, bytes, str]]:
    """The file part of a form."""
    return {"file": (name, data.encode(), "text/csv")}


async def test_the_list_has_what_each_role_may_know(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        answer = await client.get(BASE)
    (row,) = answer.json()["evaluations"]
    assert answer.json()["next_cursor"] is None
    assert (row["evaluation_id"], row["student_count"]) == (web.cast.course.evaluation_id, 3)
    async with web.as_user(web.cast.student) as client:
        (row,) = (await client.get(BASE)).json()["evaluations"]
    assert "student_count" not in row
    async with web.as_user(web.cast.stranger) as client:
        ids = [one["evaluation_id"] for one in (await client.get(BASE)).json()["evaluations"]]
    assert ids == [web.cast.elsewhere.evaluation_id]


async def test_the_list_refuses_a_cursor_that_is_not_ours(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        answer = await client.get(BASE, params={"cursor": "bm9uc2Vucw"})
    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")


async def test_a_patch_changes_what_it_names(web: Web) -> None:
    path = f"{BASE}/{web.cast.course.evaluation_id}"
    async with web.as_user(web.cast.owner) as client:
        answer = await client.patch(path, json={"title": "Nieuw", "show_quotes": "verbatim"})
        assert answer.status_code == 200
        assert answer.json() == {
            "evaluation_id": web.cast.course.evaluation_id,
            "title": "Nieuw",
            "course": "Natuurkunde",
            "state": "open",
            "release": "automatic",
            "min_reviewers": 2,
            "show_quotes": "verbatim",
        }
        for wrong in ({"min_reviewers": 0}, {"state": "gone"}, {"unknown": 1}):
            assert (await client.patch(path, json=wrong)).status_code == 400, wrong


@pytest.mark.parametrize(
    ("part", "status"),
    [("admin", 200), ("student", 403), ("colleague", 404), ("stranger", 404), ("stranger_admin", 404)],
)
async def test_who_may_patch(web: Web, part: str, status: int) -> None:
    async with web.as_user(web.cast.everyone()[part]) as client:
        answer = await client.patch(f"{BASE}/{web.cast.course.evaluation_id}", json={"title": "Anders"})
    assert answer.status_code == status


async def test_dry_run_import_and_undo(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        dry = await client.post(
            f"{BASE}/import", params={"dry_run": "true"}, files=form(), data={"title": "Water"}
        )
        assert (dry.status_code, dry.json()["state"]) == (200, "dry_run")
        assert "import_id" not in dry.json()
        assert len((await client.get(BASE)).json()["evaluations"]) == 1

        made = await client.post(f"{BASE}/import", files=form(), data={"title": "Water", "course": "NLT"})
        assert (made.status_code, made.json()["state"]) == (201, "applied")
        assert made.json()["counts"] == dry.json()["counts"]
        newest, _ = (await client.get(BASE)).json()["evaluations"]
        assert newest["title"] == "Water"

        undo = f"{BASE}/imports/{made.json()['import_id']}/undo"
        assert (await client.post(undo)).json()["state"] == "undone"
        assert (await client.post(undo)).status_code == 409
        assert len((await client.get(BASE)).json()["evaluations"]) == 1


async def test_an_import_may_extend_an_evaluation(web: Web) -> None:
    into = {"evaluation_id": str(web.cast.course.evaluation_id)}
    async with web.as_user(web.cast.owner) as client:
        answer = await client.post(f"{BASE}/import", files=form(), data=into)
    assert answer.json()["evaluation_id"] == web.cast.course.evaluation_id
    async with web.as_user(web.cast.colleague) as client:
        assert (await client.post(f"{BASE}/import", files=form(), data=into)).status_code == 404


async def test_problems_have_rows_and_no_texts(web: Web) -> None:
    data = TEAM + f"Ada Bos,,peer,Inzet,4,{CANARY}\n"
    async with web.as_user(web.cast.owner) as client:
        answer = await client.post(f"{BASE}/import", files=form(data), data={"title": "Water"})
    (problem,) = answer.json()["problems"]
    assert (problem["row"], problem["severity"]) == (7, "error")
    assert CANARY not in answer.text


async def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(web: Web) -> None:
    async with web.as_user(web.cast.owner) as client:
        for data in ("", "a,b\n1,2\n"):
            answer = await client.post(f"{BASE}/import", files=form(data), data={"title": "Water"})
            assert (answer.status_code, answer.json()["field"]) == (400, "file"), data
            assert answer.json()["detail"].endswith(".")
        untitled = await client.post(f"{BASE}/import", files=form())
        assert (untitled.status_code, untitled.json()["field"]) == (400, "title")


async def test_a_file_of_several_megabytes_is_taken_and_one_beyond_the_limit_is_not(web: Web) -> None:
    row = "Ada Bos,Bo Smit,peer,Inzet {n},4," + "lang " * 1500
    several = TEAM + "\n".join(row.replace("{n}", str(n)) for n in range(400))
    async with web.as_user(web.cast.owner) as client:
        taken = await client.post(f"{BASE}/import", files=form(several), data={"title": "Water"})
        assert (taken.status_code, taken.json()["counts"]["entries_new"]) == (201, 405)
        refused = await client.post(f"{BASE}/import", files=form("x" * 10_600_000), data={"title": "W"})
    assert refused.status_code in {400, 413}
    assert "request_id" in refused.json()


async def test_pupils_and_visitors_cannot_import_or_undo(web: Web) -> None:
    async with web.as_user(web.cast.student) as client:
        assert (await client.post(f"{BASE}/import", files=form())).status_code == 403
        assert (await client.post(f"{BASE}/imports/1/undo")).status_code == 403
    async with web.anonymous() as client:
        assert (await client.post(f"{BASE}/import", files=form())).status_code == 401
        assert (await client.get(BASE)).status_code == 401
