"""The glossary and owners on the desk: one by one and from CSV, two people at once, and where columns and resources show them."""

from __future__ import annotations

import re

import pytest
from desks import Office
from unit import records_for_tests as made

from assay.app.reviews.glossary import owner_of
from assay.app.scan.recording import begin
from assay.model.identity import Grant, Role
from assay.store import glossary as store
from assay.store.auditlog import Wanted, newest
from assay.store.units import resource_id

FILE = "file:///srv/data/customers.csv"
HOSTILE = "<script>alert(1)</script>"
TERM = {
    "term": "Customer number",
    "definition": "What a customer is known by",
    "owner": "sales@example.org",
    "links": "EMAIL",
}


def terms(office: Office) -> list[store.Term]:
    with office.catalog.reading() as connection:
        return store.terms(connection)


def test_a_term_is_added_changed_and_taken_out(office: Office) -> None:
    ada, bob = office.sign_in("Ada"), office.sign_in("Bob")
    assert "No term yet" in ada.get("/glossary").text
    assert ada.post("/glossary", TERM | {"definition": HOSTILE}).status_code == 303
    (term,) = terms(office)
    page = ada.get("/glossary").text
    assert HOSTILE not in page
    assert f'action="/glossary/{term.id}"' in page
    assert "No term is so" in ada.get("/glossary?search=nothing").text
    again = ada.post("/glossary", TERM | {"term": "CUSTOMER  Number"})
    assert again.status_code == 409
    path = f"/glossary/{term.id}"
    assert ada.post(path, TERM | {"version": "1", "owner": ""}).status_code == 303
    late = bob.post(path, TERM | {"version": "1"})
    assert late.status_code == 409
    assert bob.post(path, {"version": "1", "remove": "yes"}).status_code == 409
    assert terms(office)[0].owner == ""
    assert bob.post(path, {"version": "2", "remove": "yes"}).status_code == 303
    assert terms(office) == []
    with office.catalog.reading() as connection:
        assert len(newest(connection, Wanted(action="TERM_CHANGED"), 9)) == 2
        assert len(newest(connection, Wanted(action="TERM_REMOVED"), 9)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"term": " "}, "needs a name"),
        ({"definition": ""}, "needs a name and a definition"),
        ({"definition": "such as 536-90-4399"}, "looks like a sensitive value"),
        ({"owner": "ssn: 536-90-4399"}, "looks like a sensitive value"),
        ({"links": "NOTHING"}, "is no identifier"),
        ({"links": "#x"}, "is no identifier"),
        ({"term": "x" * 121}, "at most 120"),
    ],
)
def test_what_is_no_term_is_refused(office: Office, changes: dict[str, str], said: str) -> None:
    ada = office.sign_in("Ada")
    told = ada.post("/glossary", TERM | changes)
    assert told.status_code == 422
    assert said in told.text
    rows = "term,definition,owner,links\n" + ",".join(
        (TERM | changes)[name] for name in ("term", "definition", "owner", "links")
    )
    whole = ada.post("/glossary/import", {"rows": f"{rows}\n"})
    assert whole.status_code == 422
    assert terms(office) == []


def test_csv_goes_round_and_is_all_or_nothing(office: Office) -> None:
    ada = office.sign_in("Ada")
    rows = 'term,definition,owner,links\n=Salary,"What is paid, a month",HR,s3://lake/hr/*#salary SSN\nName,Of a person,,PERSON_NAME\n'
    done = ada.post("/glossary/import", {"rows": rows})
    assert done.status_code == 200
    assert "2 terms changed" in done.text
    written = ada.get("/glossary/terms.csv").text
    assert "'=Salary" in written
    assert "0 terms changed" in ada.post("/glossary/import", {"rows": written}).text
    assert {each.name for each in terms(office)} == {"=Salary", "Name"}
    for wrong in (
        rows + "Third,is,too\n",
        rows + "name,twice,,\n",
        "a,b\n1,2\n",
        'term,definition,owner,links\n"open',
        rows.replace("SSN", "NOPE"),
    ):
        told = ada.post("/glossary/import", {"rows": wrong})
        assert told.status_code == 422, wrong
        assert "line " in told.text.lower()
    assert len(terms(office)) == 2


def test_what_is_pasted_is_never_cut(office: Office) -> None:
    ada = office.sign_in("Ada")
    said = "what is paid to somebody in the course of a month " * 2
    rows = "term,definition,owner,links\n" + "".join(
        f"Pay {chr(97 + n // 26)}{chr(97 + n % 26)},{said},,\n" for n in range(150)
    )
    assert len(rows) > 15_000
    assert "150 terms changed" in ada.post("/glossary/import", {"rows": rows}).text
    assert "0 terms changed" in ada.post("/glossary/import", {"rows": ada.get("/glossary/terms.csv").text}).text
    told = ada.post("/glossary/import", {"rows": rows + "x" * 500_000})
    assert (told.status_code, "at most 500,000 characters" in told.text) == (422, True)
    for page in ("/glossary", "/owners", "/governance"):
        (area,) = re.findall(r'<textarea name="rows"[^>]*>', ada.get(page).text)
        # A browser cuts what is pasted without a word, and the rest may be rows of their own.
        assert "maxlength" not in area, page


def test_who_may_not_change_everything_changes_nothing(office: Office) -> None:
    ada = office.sign_in("Ada")
    assert ada.post("/glossary", TERM | {"links": "EMAIL s3://secret/*#salary"}).status_code == 303
    assert "s3://secret" in ada.get("/glossary").text
    vic = office.sign_in("Vic", Grant(role=Role.VIEWER, scope="s3://lake/*"))
    assert "Customer number" in vic.get("/glossary").text
    assert "s3://secret" not in vic.get("/glossary?search=customer").text
    assert "Customer number" not in vic.get("/glossary?search=secret").text
    assert vic.get("/glossary/terms.csv").status_code == 403
    assert "Add a term" not in vic.get("/glossary").text
    for path in ("/glossary", "/glossary/import", "/glossary/x", "/owners"):
        assert vic.post(path, TERM | {"rows": "x", "version": "1"}).status_code == 403
    assert vic.get("/owners").status_code == 403


def test_a_resource_shows_its_owner_and_its_columns_their_terms(office: Office) -> None:
    recording = begin(office.catalog, ["/srv/data"], ruleset="r", actor="tess@desk")
    record = made.column()
    recording.table(FILE, None, (), [record], made.table())
    recording.take(made.classification())
    recording.finish(made.summary())
    ada = office.sign_in("Ada")
    owners = "resource,owner\n*,Everybody\nfile:///srv/data/*,Data team\n"
    assert "2 owners changed" in ada.post("/owners", {"rows": owners}).text
    assert "0 owners changed" in ada.post("/owners", {"rows": ada.get("/owners/owners.csv").text}).text
    links = {"links": f"file:///srv/*#{record.column.upper()}"}
    assert ada.post("/glossary", TERM | links).status_code == 303
    page = ada.get(f"/resources/{resource_id(FILE)}").text
    assert "Owner: <b>Data team</b>" in page
    assert re.search(r'class="tag" href="/glossary\?search=Customer%20number"', page)
    assert "1 owner changed" in ada.post("/owners", {"rows": "resource,owner\nfile:///srv/data/*,\n"}).text
    with office.catalog.reading() as connection:
        left = store.owners(connection)
    found = owner_of(FILE, left)
    assert found is not None
    assert found.owner == "Everybody"
    assert owner_of(FILE, ()) is None
    assert ada.post("/owners", {"rows": "resource,owner\nx,y\nx,z\n"}).status_code == 422
