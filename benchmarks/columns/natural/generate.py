"""Writes OUT/SOURCE/TABLE.csv and returns label rows. Usage: python generate.py OUT"""
import csv
import os
import re
import sys

import lib
from tables import SCHEMAS

CAT = {}
for c, ts in {
 "PHI": "DEA_NUMBER DIAGNOSIS_CODE DIAGNOSIS_TEXT CLAIM_ID ENCOUNTER_ID ENCOUNTER_TYPE GB_NHS HEALTH_FLAG HEALTH_INSURANCE_ID HICN ICD_CODE LAB_CODE LAB_RESULT MEDICARE_MBI MEDICATION MEDICATION_CODE MRN NDC NPI PATIENT_ID PROCEDURE_CODE PROCEDURE_TEXT SERVICE_DATE VACCINE",
 "FINANCIAL": "ACCOUNT_BALANCE AU_BSB BANK_ACCOUNT CARD_EXPIRY CARD_PIN CLABE CREDIT_CARD CRYPTO_WALLET CVV IBAN IFSC ROUTING_NUMBER SWIFT_BIC UK_BANK_ACCOUNT",
 "SECRETS": "API_KEY AWS_ACCESS_KEY AWS_SECRET_KEY DB_CONNECTION_STRING GITHUB_TOKEN JWT PASSWORD PASSWORD_HASH PRIVATE_KEY SERVICE_TOKEN SLACK_TOKEN SLACK_WEBHOOK STRIPE_KEY TOTP_SECRET",
 "BUSINESS": "CUSIP ISIN LEI PROJECT_CODE SEDOL",
}.items():
    for t in ts.split():
        CAT[t] = c
QUASI = set("ACCOUNT_BALANCE ADDRESS_PART AGE BIRTH_PLACE BIRTH_YEAR CITY CLAIM_ID COUNTRY COUNTY COURTESY_TITLE CUSTOMER_NUMBER DEATH_DATE DEVICE_ID DIAGNOSIS_CODE DOB_PART EDUCATION EMPLOYEE_NUMBER EMPLOYMENT_DATE ENCOUNTER_ID ENCOUNTER_TYPE ETHNICITY GENDER HEALTH_FLAG ISIN JOB_TITLE LAB_CODE LAB_RESULT LANGUAGE MARITAL_STATUS MEDICATION_CODE NATIONALITY PATIENT_ID PERSON_ID PHONE_EXT PHOTO PHOTO_URL POSTAL_CODE RELIGION SALARY SERVICE_DATE SESSION_ID STATE USER_AGENT VACCINE CUSIP LEI SEDOL PROJECT_CODE".split())


def label(spec):
    """(category, type, note) of `TYPE?; note`."""
    spec, _, note = spec.partition(";")
    t, note = spec.strip() or "NONE", note.strip()
    q = t.endswith("?"); t = t.rstrip("?")
    cat = "NONE" if t in ("NONE", "ORGANIZATION") or t.endswith("_ORG") else CAT.get(t, "PII")
    if q or t in QUASI:
        note = "quasi" + ("; " + note if note else "")
    return cat, t, note


def parse():
    for block in re.split(r"(?m)^= ", SCHEMAS)[1:]:
        head, *lines = block.strip().splitlines()
        st, loc, n, style = head.split()
        s, t = st.split("/")
        pre, cols = [], []
        for l in lines:
            if l.startswith("!"):
                pre.append(compile(l[1:].strip(), st, "exec")); continue
            h, e, *lab = re.split(r" \| ", l, maxsplit=2)
            m = re.search(r"~(\d+)\s*$", e)
            cols.append((h.strip(), compile((e[:m.start()] if m else e).strip(), f"{st}.{h}", "eval"), int(m[1]) if m else 0, lab[0] if lab else ""))
        yield s, t, loc, int(n), style, pre, cols


def main(out):
    rows = []
    for s, t, loc, n, style, pre, cols in parse():
        lib.R.seed(f"{s}/{t}")
        env = dict(vars(lib))
        null = lib.R.choice(["", "", "", "NULL", "N/A"]) if style != "other" else ""
        os.makedirs(f"{out}/{s}", exist_ok=True)
        with open(f"{out}/{s}/{t}.csv", "w", newline="", encoding="utf-8") as fh:
            wr = csv.writer(fh); wr.writerow([c[0] for c in cols])
            for i in range(n):
                env.update(i=i, p=lib.P(loc))
                for c in pre: exec(c, env)
                wr.writerow([null if q and lib.R.random() * 100 < q else eval(e, env) for _, e, q, _ in cols])
        rows += [[s, t, h, *label(lab), "generated"] for h, _, _, lab in cols]
    return rows


if __name__ == "__main__":
    r = main(sys.argv[1]); w = csv.writer(sys.stdout); w.writerows(r)
