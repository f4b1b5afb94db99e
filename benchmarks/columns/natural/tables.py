"""Schemas of the generated tables. `= source/table locale rows style`, then `header | expression[~percent null] | type[?][; note]`.
A `!` line runs first in every row. No type: harmless. `?`: quasi-identifier or coded value."""

SCHEMAS = r'''
= staffing_us/employees us 180 en
Employee ID | f"E{10400+i}" | EMPLOYEE_NUMBER
First Name | messy(p.first) | PERSON_NAME
Last Name | messy(p.last) | PERSON_NAME
Preferred Name | ch(p.first, p.first[:3])~60 | PERSON_NAME
Work Email | p.work + "@halcyonfoods.com" | EMAIL
Home Phone | p.phone~12 | PHONE
Social Security Number | ssn() | SSN
Date of Birth | d(p.dob,"mdy") | DOB
Home Address | p.street | ADDRESS
City | p.city | CITY
State | p.state | STATE
Zip | p.zip | POSTAL_CODE
Department | w("Warehouse:5,Finance:2,IT:2,Sales:4,Legal:1")
Cost Center | f"{n(4000,4900)}"
FTE | ch("1.0","1.0","0.5","0.8")
Pay Grade | f"G{n(3,14)}"
Remote Eligible | ch("Y","N")
Hire Date | date(2008,2025,"%m/%d/%Y") | EMPLOYMENT_DATE
Badge Color | w("blue:6,green:2,red:1")
Emergency Contact | P("us").full~15 | PERSON_NAME
= staffing_us/open_positions us 60 en
Requisition | f"REQ-{20110+i}"
Position Title | ch("Forklift Operator","Payroll Analyst","Account Executive","Line Cook","QA Technician","Data Engineer")
Location | ch("Boise, ID","Toledo, OH","Remote","Savannah, GA") | CITY_ORG
Hiring Manager | P("us").lf | PERSON_NAME
Salary Range Min | str(n(38,90)*1000)
Salary Range Max | str(n(91,160)*1000)
Openings | str(n(1,6))
Posted On | date(2024,2025,"%m/%d/%Y")
Status | w("Open:5,On hold:1,Filled:4")
Applicants | str(n(0,140))
Exempt | ch("Exempt","Non-exempt")
= payroll_gb/payslips gb 200 en
payslip_id | 700123+i*3
employee_name | p.full | PERSON_NAME
ni_number | nino()~2 | GB_NINO
tax_code | w("1257L:8,BR:2,0T:1,K475:1,1100L M1:1")
period | f"2024-{n(1,12):02d}"
gross_pay | f(1500,6200)
paye_tax | f(100,1400)
employee_ni | f(60,480)
employer_pension | f(40,300)
student_loan_plan | ch("1","2","")~40
net_pay | f(1100,4800)
sort_code | f"{n(10,60)}-{n(10,99)}-{n(10,99)}" | UK_BANK_ACCOUNT; sort code
account_number | dig(8) | UK_BANK_ACCOUNT
payment_ref | f"SAL{n(1,12):02d}24"
pay_method | w("BACS:9,CHQ:1")
emailed_to | p.email~20 | EMAIL
= crm_saas/contacts us 220 en
contactId | uid() | PERSON_ID
firstName | p.first | PERSON_NAME
lastName | p.last | PERSON_NAME
emailAddress | messy(p.email)~4 | EMAIL
mobilePhone | p.phone~30 | PHONE
companyName | org() | ORGANIZATION
leadSource | w("Web:4,Referral:2,Trade show:1,Partner:1")
leadScore | n(0,100)
lifecycleStage | w("lead:4,mql:2,sql:2,customer:3")
ownerId | n(11,39) | EMPLOYEE_NUMBER
linkedinUrl | f"https://www.linkedin.com/in/{p.user}"~35 | USERNAME?; in the address of a page
doNotCall | ch("true","false")
emailOptIn | ch("true","false")
createdAt | ts(2020,2025,"%Y-%m-%dT%H:%M:%SZ")
lastActivityType | w("email_open:5,call:2,meeting:1,form:2")
annualRevenueBand | w("<1M:3,1-10M:4,10-50M:2,50M+:1")
twitterHandle | "@"+p.user~60 | USERNAME
= crm_saas/deals us 140 en
dealId | f"D-{88100+i}"
dealName | org()+" - "+ch("renewal","expansion","new business","pilot")
amount | f(900,180000)
currencyCode | w("USD:7,EUR:2,GBP:1")
stage | w("Prospecting:3,Proposal:3,Negotiation:2,Closed Won:3,Closed Lost:2")
probability | ch(10,25,50,75,90,100)
closeDate | date(2024,2026)
competitor | ch("None","Zendra","HubForce","")
nextStep | ch("Send MSA redlines","Demo to procurement","Waiting on budget","Security review")~20
forecastCategory | w("Pipeline:4,Best Case:2,Commit:2")
salesRepEmail | p.work+"@tessera.io" | EMAIL
= hospital_us/patients us 200 en
! D=dx()
medical_record_number | f"{n(1000000,9899999)}" | MRN
patient_last_name | p.last | PERSON_NAME
patient_first_name | p.first | PERSON_NAME
middle_initial | p.mid~35 | PERSON_NAME?; initials
birth_date | d(p.dob) | DOB
sex | p.sex | GENDER
home_phone | p.phone~8 | PHONE
street_address | p.street | ADDRESS
city | p.city | CITY
postal_code | p.zip | POSTAL_CODE
primary_insurance | w("Blue Shield PPO:4,Aetna HMO:2,Medicare:3,Self pay:1") | HEALTH_FLAG
insurance_member_id | pat("@@@")+dig(9)~6 | HEALTH_INSURANCE_ID
preferred_language | w("English:8,Spanish:3,Vietnamese:1") | LANGUAGE
next_of_kin | P("us").full~20 | PERSON_NAME
pcp_npi | npi()~5 | NPI
portal_active | ch(0,1)
registration_site | ch("MAIN","EAST","CLINIC-2","ED")
created_ts | ts(2015,2025)
= hospital_us/encounters us 240 en
! D=dx(); C=ch(*CPT)
encounter_id | 5500012+i*7 | ENCOUNTER_ID
mrn | f"{n(1000000,9899999)}" | MRN
encounter_type | w("Outpatient:5,Inpatient:2,Emergency:2,Telehealth:1") | ENCOUNTER_TYPE
admit_date | ts(2022,2025) | SERVICE_DATE
primary_dx_code | D[0] | ICD_CODE
primary_dx_description | messy(D[1]) | DIAGNOSIS_TEXT
procedure_code | C[0]~25 | PROCEDURE_CODE
procedure_description | C[1]~25 | PROCEDURE_TEXT
attending_provider | "Dr. "+P("us").full | PERSON_NAME
department | w("Cardiology:2,Family Medicine:4,Emergency:3,Orthopedics:2") | ENCOUNTER_TYPE
bed_type | w("semi-private:3,ICU:1,none:4") | ENCOUNTER_TYPE
length_of_stay_days | n(0,14) | HEALTH_FLAG
total_charges | f(120,42000)
drg_weight | f(0.4,4.2,4)~50
billing_status | w("Final:6,Pending:2,Denied:1")
chief_complaint | ch("chest pain","SOB x 3 days","fell off ladder, wrist pain","med refill","abd pain N/V","follow up labs","rash","dizzy spells")~10 | DIAGNOSIS_TEXT
= pharm_chain/prescriptions us 220 en
rxNumber | 6600100+i
patientName | up(p.lf) | PERSON_NAME
patientDOB | d(p.dob,"%Y%m%d") | DOB
drugName | ch(*MED) | MEDICATION
ndcCode | ndc() | NDC
sig | ch("Take 1 tablet by mouth daily","1 tab PO BID with food","Inhale 2 puffs q4-6h prn","Take 1 capsule at bedtime","Apply thin layer bid") | MEDICATION?; directions
qtyDispensed | ch(30,60,90,14,20)
daysSupply | ch(30,90,10,14)
refillsRemaining | n(0,5)
prescriberName | "Dr "+P("us").last | PERSON_NAME
prescriberDea | dea(p.last)~8 | DEA_NUMBER
storeNumber | n(1001,1180)
copayAmount | f(0,60)
dawCode | w("0:8,1:1,2:1")
fillStatus | w("SOLD:7,RTS:1,READY:2")
pickupSignatureUrl | f"https://rx.store/sig/{hexs(10)}.png"~20
controlledFlag | w("N:8,Y:1") | HEALTH_FLAG
= pharm_chain/inventory us 120 en
itemSku | f"PH{n(10000,99999)}"
description | ch("Acetaminophen 500mg caplet","Allergy Relief 24ct","Digital Thermometer","Gauze pads 4x4","Vitamin D3 1000IU") | MEDICATION_ORG; shelf goods
upc | ean()
onHand | n(0,400)
reorderPoint | n(5,60)
lotNumber | pat("@##@##")
expiryDate | date(2025,2028,"%Y-%m")
unitCost | f(0.4,28)
shelfLocation | pat("@#-##")
vendor | org() | ORGANIZATION
= lab_lis/results us 260 abbr
! L=ch(*LAB)
ACC_NO | f"L24{n(100000,999999)}"
PT_MRN | f"MRN{n(100000,999999):07d}" | MRN
PT_NM | up(p.last+"^"+p.first+"^"+p.mid) | PERSON_NAME
PT_DOB | d(p.dob,"%m/%d/%Y") | DOB
ORD_PROV_NPI | npi() | NPI
TST_CD | L[0] | LAB_CODE
TST_DESC | L[1] | LAB_CODE
RSLT_VAL | f(L[3],L[4],1) | LAB_RESULT
RSLT_UOM | L[2]
REF_RNG | f"{L[3]}-{L[4]*0.6:.1f}"
ABN_FLG | w("N:6,H:2,L:1,C:1") | LAB_RESULT
SPEC_TYP | w("SER:4,PLAS:2,WB:2,UR:1") | HEALTH_FLAG
COLL_DTTM | ts(2024,2025,"%Y%m%d%H%M") | SERVICE_DATE
VERIF_BY | p.user | USERNAME
INSTR_ID | ch("COBAS1","COBAS2","XN1000","DXH9")
DX_CD_1 | dx()[0] | ICD_CODE
RUN_SEQ | n(1,999)
= dental_ca/chart us 130 en
Chart No | f"D{n(10000,39999)}" | MRN
Patient | p.full | PERSON_NAME
Procedure | ch("Composite filling, two surfaces","Root canal therapy, molar","Prophylaxis, adult","Crown seat","Extraction, impacted","Perio scaling 4 quads","Bitewing x4") | PROCEDURE_TEXT
ADA Code | ch("D2392","D3330","D1110","D2740","D7230","D4341","D0274") | PROCEDURE_CODE
Tooth | n(1,32) | HEALTH_FLAG
Surface | ch("MO","DO","B","L","O")~50 | HEALTH_FLAG
Fee | f(80,1400)
Provider | "Dr. "+P("us").last | PERSON_NAME
Operatory | n(1,6)
Medical Alerts | ch("Penicillin allergy","Pacemaker","Blood thinners","Latex allergy","Pregnant","Asthma")~55 | DIAGNOSIS_TEXT
Health Card | dig(10)+"-"+pat("@@")~10 | HEALTH_INSURANCE_ID
SIN | sin_()~60 | CA_SIN
Next Recall | date(2025,2026,"%b %d, %Y")
Insurer Paid % | ch(50,80,100)
= klinik_de/patienten de 160 other
! D=ch(*DXDE); O=ch(*OPS)
FALLNR | f"00{n(41000000,41999999)}" | ENCOUNTER_ID
NACHNAME | p.last | PERSON_NAME
VORNAME | p.first | PERSON_NAME
GEBDAT | d(p.dob,"%d.%m.%Y") | DOB
GESCHL | w("m:5,w:5,d:0.1") | GENDER
STRASSE | p.street | ADDRESS
PLZ | p.zip | POSTAL_CODE
ORT | p.city | CITY
TELEFON | p.phone~15 | PHONE
KRANKENKASSE | w("AOK Plus:4,Barmer:3,TK:4,DAK:2,Privat:1") | HEALTH_FLAG
VERSICHERTENNR | kvnr() | HEALTH_INSURANCE_ID
HAUPTDIAGNOSE | D[1] | DIAGNOSIS_TEXT
ICD10 | D[0] | ICD_CODE
OPS_CODE | O[0]~30 | PROCEDURE_CODE
EINGRIFF | O[1]~30 | PROCEDURE_TEXT
STATION | ch("CH1","IN3","GYN","ITS","KARD") | ENCOUNTER_TYPE
AUFNAHME | ts(2024,2025,"%d.%m.%Y %H:%M") | SERVICE_DATE
DRG_ERLOES | dec(f(900,14000))
ENTLASSART | w("regulär:8,Verlegung:1,gg. ärztl. Rat:1") | HEALTH_FLAG
= arztpraxis_de/verordnung de 140 other
rezept_id | 90000+i
patient | p.lf | PERSON_NAME
geburtsdatum | d(p.dob,"%d.%m.%Y") | DOB
medikament | ch(*MEDEU) | MEDICATION
pzn | dig(8) | MEDICATION_CODE
menge | ch("N1","N2","N3")
dosierung | ch("1-0-1","0-0-1","1-0-0","bei Bedarf","1-1-1") | MEDICATION?; directions
aut_idem | ch("ja","nein")
zuzahlung | dec(f(5,10))
arzt_lanr | dig(9) | EMPLOYEE_NUMBER?; number of a physician
ausgestellt_am | date(2024,2025,"%d.%m.%Y") | SERVICE_DATE
unterschrift_ok | ch("1","0")
= clinique_fr/sejours fr 150 other
! D=ch(*DXFR)
num_sejour | 240100+i | ENCOUNTER_ID
nom_patient | up(p.last) | PERSON_NAME
prenom | p.first | PERSON_NAME
date_naissance | d(p.dob,"%d/%m/%Y") | DOB
nir | fr_nir(p)~4 | FR_NIR
code_cim10 | D[0] | ICD_CODE
libelle_diagnostic | D[1] | DIAGNOSIS_TEXT
traitement | ch("Paracétamol 1 g","Ramipril 5 mg","Metformine 850","Amoxicilline 1 g","Sertraline 50 mg")~15 | MEDICATION
medecin_traitant | "Dr "+P("fr").last | PERSON_NAME
unite | ch("CHIR","MED A","SSR","URG") | ENCOUNTER_TYPE
mode_entree | w("domicile:6,transfert:1,urgences:3") | ENCOUNTER_TYPE
tarif_ghs | dec(f(400,6200))
exo_tm | ch("O","N") | HEALTH_FLAG
telephone | p.phone~25 | PHONE
mutuelle | ch("MGEN","Harmonie","Malakoff","aucune") | HEALTH_FLAG
= sante_mx/consultas es 140 other
! D=ch(*DXES)
folio | f"C-{3300+i}"
nombre_paciente | p.full | PERSON_NAME
apellido_materno | P("es").last~10 | PERSON_NAME
curp | curp(p) | MX_CURP
fecha_nacimiento | d(p.dob,"%d/%m/%Y") | DOB
diagnostico | messy(D[1]) | DIAGNOSIS_TEXT
cie10 | D[0] | ICD_CODE
medicamento | ch("Paracetamol 500 mg","Losartán 50 mg","Metformina 850 mg","Omeprazol 20 mg","Ciprofloxacino 500")~20 | MEDICATION
alergias | ch("Penicilina","Sulfas","Negadas","Mariscos")~45 | DIAGNOSIS_TEXT
telefono | p.phone~20 | PHONE
consultorio | n(1,12)
tipo_consulta | w("primera vez:3,subsecuente:6,urgencia:1") | ENCOUNTER_TYPE
costo | f(200,900)
pagado | ch("si","no")
turno | ch("matutino","vespertino")
= nhs_trust/referrals gb 180 en
! D=dx()
referral_id | f"R{n(100000,999999)}"
nhs_number | nhs(ch(""," ")) | GB_NHS
patient_name | p.full | PERSON_NAME
dob | d(p.dob,"%d/%m/%Y") | DOB
postcode | p.zip | POSTAL_CODE
gp_name | "Dr "+P("gb").full | PERSON_NAME
specialty | w("Rheumatology:2,ENT:2,Dermatology:3,Cardiology:2,Gynaecology:2") | ENCOUNTER_TYPE
priority | w("Routine:7,Urgent:2,2WW:1")
presenting_condition | D[1] | DIAGNOSIS_TEXT
current_medication | ch("Ramipril 5mg od","Salbutamol inhaler prn","Metformin 1g bd","Sertraline 100mg","nil","Amlodipine 10mg od; atorvastatin 40mg nocte") | MEDICATION
wait_weeks | n(1,60)
clinic_code | pat("@@#")
ubrn | dig(12)
received_date | date(2023,2025,"%d/%m/%Y") | SERVICE_DATE
ers_status | w("Booked:6,Deferred:2,Rejected:1")
contact_tel | p.phone~12 | PHONE
= clinical_trial/subjects us 140 abbr
STUDYID | "BX-2207"
USUBJID | f"BX2207-{n(101,118)}-{1000+i}" | PATIENT_ID
SITEID | n(101,118)
ARM | w("Placebo:1,Active 10mg:1,Active 20mg:1") | HEALTH_FLAG; arms of a trial
RANDDT | date(2023,2024,"%d%b%Y").upper() | SERVICE_DATE
BRTHDTC | d(p.dob) | DOB
AGEU | "YEARS"
SUBJINIT | p.init | PERSON_NAME?; initials
CMTRT | ch(*MED).split(" ")[0].upper()~15 | MEDICATION
CMINDC | up(dx()[1])~20 | DIAGNOSIS_TEXT
MHTERM | ch("SEASONAL ALLERGIES","APPENDECTOMY 1998","TYPE II DIABETES","HYPERTENSION","MIGRAINE","DEPRESSION") | DIAGNOSIS_TEXT
VISITNUM | n(1,9)
EPOCH | w("SCREENING:2,TREATMENT:6,FOLLOW-UP:2")
DROPFL | w("N:9,Y:1")
EXDOSE | ch(0,10,20) | MEDICATION?; doses
EXDOSU | "mg"
INVNAM | up(P("us").lf) | PERSON_NAME
= claims_tpa/claims us 220 abbr
! D=dx(); C=ch(*CPT)
CLM_NBR | f"24{n(1000000,9999999)}" | CLAIM_ID
MBR_ID | pat("@@@")+dig(9) | HEALTH_INSURANCE_ID
MBR_LNAME | up(p.last) | PERSON_NAME
MBR_FNAME | up(p.first) | PERSON_NAME
MBR_DOB | d(p.dob,"%Y%m%d") | DOB
MCARE_MBI | mbi()~70 | MEDICARE_MBI
PRV_NPI | npi() | NPI
PRV_TIN | f"{n(10,98)}-{dig(7)}" | EIN_ORG
DX1 | D[0].replace(".","") | ICD_CODE
DX2 | dx()[0].replace(".","")~45 | ICD_CODE
PROC_CD | C[0] | PROCEDURE_CODE
MOD1 | ch("25","59","RT","LT","")~50
POS | ch("11","21","22","23")
SVC_FR_DT | date(2024,2024,"%Y%m%d") | SERVICE_DATE
BILL_AMT | f(60,9000)
ALLW_AMT | f(40,6000)
PD_AMT | f(0,5500)
ADJ_RSN | ch("CO-45","PR-1","PR-2","OA-23")
PLN_CD | pat("@##")
GRP_NBR | f"G{n(10000,99999)}"
= mental_health/sessions us 110 en
Session ID | 3000+i | ENCOUNTER_ID
Client | p.first+" "+p.last[0]+"." | PERSON_NAME
Therapist | P("us").full+", LCSW" | PERSON_NAME
Session Note | ch("Client reports improved sleep; panic attacks down to 1/wk.","Discussed grief after mother's death. PHQ-9 = 14.","Relapse on alcohol last weekend, safety plan reviewed.","Worked on exposure hierarchy for social anxiety.","Medication: sertraline increased to 100 mg by psychiatrist.") | DIAGNOSIS_TEXT; notes of sessions
Presenting Problem | ch("Generalized anxiety","PTSD","Marital conflict","Opioid use disorder","Bipolar II","Eating disorder") | DIAGNOSIS_TEXT
Duration (min) | ch(45,50,60)
Modality | w("Telehealth:5,In person:4") | ENCOUNTER_TYPE
Room | ch("A","B","C")~40
Fee Schedule | w("Sliding:3,Standard:6")
No Show | w("No:9,Yes:1")
Emergency Phone | p.phone2~15 | PHONE
= vet_clinic/visits us 90 en
Visit No | 8100+i
Pet Name | ch("Biscuit","Luna","Mr. Whiskers","Rocky","Pepper","Noodle")
Species | w("Dog:6,Cat:4,Rabbit:1")
Breed | ch("Labrador","Tabby","Beagle","Siamese","Mixed","Lop")
Owner Name | p.full | PERSON_NAME
Owner Phone | p.phone | PHONE
Diagnosis | ch("Otitis externa","Dental tartar","Gastroenteritis","Flea allergy","Healthy") | NONE; of animals
Treatment | ch("Ear drops","Scaling","Metronidazole","Spot-on") | NONE; of animals
Weight (kg) | f(2,42,1)
Microchip | "985"+dig(12)~20
Invoice Total | f(35,900)
Next Vaccine Due | date(2025,2026,"%m/%d/%y")
= retail_bank/customers gb 200 en
customer_id | f"C{n(1000000,9999999)}" | CUSTOMER_NUMBER
full_name | p.full | PERSON_NAME
date_of_birth | d(p.dob) | DOB
address_line_1 | p.street | ADDRESS
town | p.city | CITY
postcode | p.zip | POSTAL_CODE
email | p.email~5 | EMAIL
mobile | p.phone~10 | PHONE
national_insurance_no | nino()~3 | GB_NINO
iban | iban("GB") | IBAN
account_type | w("Current:6,Savings:3,ISA:2")
overdraft_limit | ch(0,250,500,1000)
current_balance | f(-400,18000) | ACCOUNT_BALANCE
branch_code | n(100,480)
kyc_status | w("verified:8,pending:1,expired:1")
risk_rating | w("low:7,medium:2,high:1")
last_login_at | ts(2024,2025)
mothers_maiden_name | P("gb").last~40 | PERSON_NAME
pep_flag | w("N:30,Y:1")
= retail_bank/card_transactions gb 260 en
transaction_id | uid()
card_number | card(ch(""," ")) | CREDIT_CARD
expiry_date | exp() | CARD_EXPIRY
cardholder_name | up(p.full) | PERSON_NAME
merchant_name | org() | ORGANIZATION
merchant_category_code | ch("5411","5812","4111","5999","7011")
amount | ln(3.4)
currency | w("GBP:8,EUR:1,USD:1")
auth_code | pat("######")
response_code | w("00:9,05:1,51:1")
terminal_id | dig(8)
entry_mode | w("chip:4,contactless:5,ecom:3")
transaction_time | ts(2025,2025)
is_fraud | w("0:40,1:1")
settlement_batch | f"B{n(2000,2999)}"
= ach_us/batch_detail us 160 abbr
TRC_NBR | dig(15)
RDFI_RTN | aba() | ROUTING_NUMBER
DFI_ACCT | dig(n(8,13)) | BANK_ACCOUNT
INDV_NM | up(p.full)[:22] | PERSON_NAME
INDV_ID | ssn("")~60 | SSN
TRAN_CD | ch("22","27","32","37")
AMT | n(1200,450000)
SEC_CD | w("PPD:6,CCD:2,WEB:2")
EFF_DT | date(2025,2025,"%y%m%d")
RTN_RSN | ch("R01","R03","R10")~90
CO_NM | up(org())[:16] | ORGANIZATION
ENT_DESC | ch("PAYROLL","VENDOR PMT","LOAN PMT","INS PREM")
BATCH_NO | n(1,40)
ADDENDA | ch("0","1")
= sepa_de/lastschrift de 150 other
mandatsreferenz | f"M-{2019+i%6}-{n(10000,99999)}" | CUSTOMER_NUMBER?; number of a mandate
kontoinhaber | p.full | PERSON_NAME
iban | ch(ib4,str)(iban("DE")) | IBAN
bic | bic("DE")~10 | SWIFT_BIC
betrag | dec(f(5,480))
verwendungszweck | ch("Mitgliedsbeitrag 2025","Stromabschlag März","Rechnung "+dig(6),"Spende")
faelligkeit | date(2025,2025,"%d.%m.%Y")
sequenz | w("RCUR:8,FRST:2,OOFF:1")
glaeubiger_id | "DE98ZZZ09999999999"
status | w("gebucht:8,rückgabe:1,offen:1")
strasse | p.street~5 | ADDRESS
email | p.email~30 | EMAIL
= mortgage_us/applications us 130 en
ApplicationID | 2024000+i
BorrowerName | p.full | PERSON_NAME
BorrowerSSN | ssn() | SSN
CoBorrowerName | P("us").full~50 | PERSON_NAME
PropertyAddress | P("us").addr | ADDRESS
LoanAmount | n(90,780)*1000
AppraisedValue | n(120,950)*1000
InterestRate | f(2.9,7.6,3)
LoanTermMonths | ch(180,360)
LoanPurpose | w("Purchase:6,Refinance:4")
MonthlyIncome | n(2800,18000) | SALARY
CreditScore | n(580,840) | CREDIT_SCORE?
Employer | org()~10 | ORGANIZATION
CheckingAccountNo | dig(n(9,12))~15 | BANK_ACCOUNT
LTV | f(40,97,1)
DecisionDate | date(2024,2025)
Underwriter | P("us").full | PERSON_NAME
ConditionsCleared | ch("Yes","No")
= fintech_app/users us 200 en
user_uuid | uid() | PERSON_ID
username | p.user | USERNAME
email | p.email | EMAIL
email_verified | ch("t","f")
password_hash | bcrypt() | PASSWORD_HASH
phone_e164 | "+1"+"".join(c for c in p.phone if c.isdigit())~20 | PHONE
two_factor_secret | b64(32,string.ascii_uppercase+"234567")~55 | TOTP_SECRET
btc_withdrawal_address | btc()~60 | CRYPTO_WALLET
referral_code | pat("??????")
kyc_tier | n(0,3)
signup_ip | ch(ip,ip,ip6)() | IP_ADDRESS
signup_country | w("US:8,CA:1,GB:1") | COUNTRY
last_seen_version | f"{n(2,5)}.{n(0,20)}.{n(0,9)}"
push_enabled | ch("t","f")
locale | w("en-US:9,es-US:1") | LANGUAGE
failed_login_count | w("0:9,1:2,2:1")
created_at | ts(2021,2025,"%Y-%m-%d %H:%M:%S.%f+00")
theme | w("dark:5,light:4,system:3")
= fintech_app/api_clients us 60 en
client_id | f"cl_{b64(16)}"
client_name | ch("Mobile iOS","Mobile Android","Partner: "+org(),"Partner: "+org())
client_secret | b64(40) | SERVICE_TOKEN
api_key | "fa_live_"+b64(32)~20 | API_KEY
webhook_url | f"https://hooks.{ch('acme','tessera','polaris')}.io/v1/{hexs(6)}"
webhook_signing_secret | "whsec_"+b64(32)~20 | SERVICE_TOKEN
scopes | ch("read","read write","read:accounts","admin")
rate_limit_per_min | ch(60,120,600)
contact_email | p.work+"@partner.io" | EMAIL
is_active | ch("true","true","false")
rotated_at | ts(2024,2025)~30
= devops_vault/secrets us 70 en
secretPath | f"kv/{ch('prod','stage','dev')}/{ch('billing','search','auth','mail')}/{ch('db','token','tls','smtp')}"
connectionString | dsn()~15 | DB_CONNECTION_STRING
awsAccessKeyId | akia()~25 | AWS_ACCESS_KEY
awsSecretAccessKey | awssec()~25 | AWS_SECRET_KEY
githubToken | ghp()~35 | GITHUB_TOKEN
slackBotToken | f"xoxb-{dig(12)}-{dig(12)}-{b64(24)}"~40 | SLACK_TOKEN
tlsPrivateKey | pem()~40 | PRIVATE_KEY
smtpPassword | pw()~10 | PASSWORD
version | n(1,19)
checksum | hexs(64)
createdBy | p.user | USERNAME
leaseTtlSeconds | ch(3600,86400,604800)
environment | w("prod:3,stage:2,dev:3")
deletionTime | ts(2024,2025,"%Y-%m-%dT%H:%M:%SZ")~90
= app_sessions/access_log us 280 en
timestamp | ts(2025,2025,"%Y-%m-%dT%H:%M:%S.%fZ")
remote_addr | ch(ip,ip,ip,ip6)() | IP_ADDRESS
user_name | p.user~40 | USERNAME
http_method | w("GET:8,POST:3,PUT:1,DELETE:1")
request_path | ch("/api/v2/orders","/login","/static/app.js","/healthz","/cart")+ch("","?page=2","/"+dig(5))
status_code | w("200:8,304:2,404:1,500:1")
bytes_sent | n(120,90000)
response_ms | n(2,1900)
user_agent | ch(*UA) | USER_AGENT
bearer_token | jwt(n(1000,9999))~50 | JWT
trace_id | hexs(32)
upstream_host | host()
tls_version | w("TLSv1.3:8,TLSv1.2:2")
geo_city | city()~15 | CITY
referer | ch("https://www.example-shop.net/","-","https://duckduckgo.com/")
= app_sessions/deployments us 90 en
deploy_id | 4100+i
service_name | ch("checkout","search-api","mailer","auth-proxy","ledger")
git_sha | hexs(40)
image_digest | "sha256:"+hexs(64)
semver | f"v{n(0,4)}.{n(0,30)}.{n(0,12)}"
triggered_by | p.user+"@tessera.io" | EMAIL
duration_seconds | n(20,900)
rollback | w("false:9,true:1")
node_ip | f"10.{n(0,40)}.{n(0,255)}.{n(1,254)}" | NONE; private addresses of machines
replicas | n(1,12)
cpu_request | ch("250m","500m","1")
log_url | f"https://ci.tessera.io/run/{n(10000,99999)}"
= telco_es/abonados es 160 other
id_abonado | 500200+i | CUSTOMER_NUMBER
nombre | p.first | PERSON_NAME
apellidos | p.last+" "+P("es").last | PERSON_NAME
dni | nif()~3 | ES_NIF
msisdn | "346"+dig(8) | PHONE
imei | imei()~20 | IMEI
direccion | p.street | ADDRESS
provincia | p.state | STATE
tarifa | w("Fibra 300:4,Móvil 20GB:4,Prepago:2")
consumo_mb | n(10,90000)
fecha_alta | date(2015,2025,"%d/%m/%Y")
iban_domiciliacion | iban("ES")~10 | IBAN
permanencia | ch("S","N")
saldo_pendiente | dec(f(0,120))
canal_venta | w("tienda:4,web:3,teléfono:3")
= telco_us/cdr us 240 abbr
CALL_ID | hexs(16)
ORIG_NBR | "1"+"".join(c for c in p.phone if c.isdigit()) | PHONE
TERM_NBR | "1"+"".join(c for c in P("us").phone if c.isdigit()) | PHONE
STRT_TM | ts(2025,2025,"%Y%m%d%H%M%S")
DUR_SEC | n(1,3600)
CELL_ID | f"310-260-{n(1000,9999)}-{n(10000,65000)}"
CELL_LAT | f(29,47,5) | GEO_COORDINATES; place of a caller
CELL_LON | "-"+f(75,120,5) | GEO_COORDINATES; place of a caller
IMSI | "310260"+dig(9) | DEVICE_ID
RLS_CAUSE | ch(16,17,31)
RATE_PLN | pat("@@##")
CHRG_AMT | f(0,3.5,4)
ROAM_IND | w("N:9,Y:1")
SW_ID | f"MSC{n(1,20):02d}"
= school_district/students us 180 en
student_id | 910000+i | PERSON_ID
student_name | p.lf | PERSON_NAME
grade_level | n(1,12)
birthdate | f"{n(1,12)}/{n(1,28)}/{n(2007,2018)}" | DOB
guardian_name | P("us").full | PERSON_NAME
guardian_email | p.email~10 | EMAIL
guardian_cell | p.phone~5 | PHONE
home_room | pat("@#")
bus_route | n(1,48)
lunch_status | w("Paid:5,Free:4,Reduced:1") | HEALTH_FLAG?; social data
iep_flag | w("N:8,Y:1") | HEALTH_FLAG
gpa | f(1.2,4,2) | EDUCATION?; grades
days_absent | n(0,30) | EDUCATION?; school record
locker_combination | f"{n(1,39)}-{n(1,39)}-{n(1,39)}"~20 | PASSWORD?; combination of a lock
allergies | ch("Peanuts","Bee stings","Dairy","Asthma - inhaler in office")~75 | DIAGNOSIS_TEXT
counselor | P("us").last | PERSON_NAME
school_code | n(100,140)
= university_se/studenter sv 130 other
personnummer | pnr(p) | SE_PERSONNUMMER
efternamn | p.last | PERSON_NAME
fornamn | p.first | PERSON_NAME
epost | p.email | EMAIL
mobil | p.phone~20 | PHONE
adress | p.street | ADDRESS
postnr | p.zip | POSTAL_CODE
ort | p.city | CITY
program | w("TDATA:3,NMAT:2,SJUR:3,LARAR:2")
hogskolepoang | ch(7.5,15,30,60,120)
antagningsomgang | ch("HT2023","VT2024","HT2024")
studietakt | ch("100%","50%")
kurskod | pat("@@###@")
betyg | ch("A","B","C","D","E","F","VG","G")~20 | EDUCATION?; grades
registrerad | date(2022,2025)
= gemeente_nl/inwoners nl 150 other
bsn | bsn() | NL_BSN
achternaam | p.last | PERSON_NAME
voornamen | p.first | PERSON_NAME
geboortedatum | d(p.dob,"%d-%m-%Y") | DOB
straat_huisnr | p.street | ADDRESS
postcode | p.zip | POSTAL_CODE
woonplaats | p.city | CITY
burgerlijke_staat | w("gehuwd:4,ongehuwd:4,gescheiden:2") | MARITAL_STATUS
telefoonnummer | p.phone~20 | PHONE
rekeningnummer | iban("NL")~15 | IBAN
wijkcode | n(10,60)
afvalheffing_eur | dec(f(120,380))
aanslagjaar | ch(2023,2024,2025)
aantal_containers | n(1,3)
status_betaling | w("betaald:7,openstaand:2,kwijtgescholden:1")
hondenbelasting | ch("J","N")
= urzad_pl/podatnicy pl 130 other
PESEL | pesel(p) | PL_PESEL
NAZWISKO | p.last | PERSON_NAME
IMIE | p.first | PERSON_NAME
ULICA | p.street | ADDRESS
KOD_POCZT | p.zip | POSTAL_CODE
MIASTO | p.city | CITY
NR_RACHUNKU | iban("PL")[2:]~10 | BANK_ACCOUNT; IBAN without its country
TEL | p.phone~25 | PHONE
ROK | ch(2022,2023,2024)
PODATEK_NALEZNY | dec(f(0,24000))
ULGA | ch("T","N")
FORMULARZ | ch("PIT-37","PIT-36","PIT-28")
DATA_WPLYWU | date(2023,2025)
KOD_US | dig(4)
= sigorta_tr/police tr 130 other
POLICE_NO | f"TR{n(10000000,99999999)}" | CUSTOMER_NUMBER?; number of a policy
SIGORTALI_AD_SOYAD | up(p.full) | PERSON_NAME
TC_KIMLIK | tckn() | TR_TCKIMLIK
DOGUM_TARIHI | d(p.dob,"%d.%m.%Y") | DOB
CEP_TEL | p.phone~8 | PHONE
PLAKA | f"{n(1,81):02d} {pat('@@')} {n(100,999)}" | LICENSE_PLATE
SASI_NO | vin() | VEHICLE_ID
MARKA | ch("Renault","Fiat","Toyota","VW","Hyundai")
MODEL_YILI | n(2004,2025)
PRIM_TL | dec(f(2200,21000))
BASLANGIC | date(2024,2025,"%d.%m.%Y")
HASARSIZLIK | n(0,7)
ACENTE_KODU | n(1000,4999)
ADRES | p.street+" "+p.city | ADDRESS
= kenpo_jp/kanyusha ja 110 other
HIHOKENSHA_NO | dig(8) | HEALTH_INSURANCE_ID
SHIMEI | p.last+" "+p.first | PERSON_NAME
SEINENGAPPI | d(p.dob,"%Y/%m/%d") | DOB
SEIBETSU | ch("1","2") | GENDER
MY_NUMBER | mynum()~10 | JP_MY_NUMBER
DENWA | p.phone~10 | PHONE
JUSHO | p.city+" "+p.street | ADDRESS
YUBIN_NO | p.zip | POSTAL_CODE
HYOJUN_HOSHU | n(180,800)*1000 | SALARY
SHIKAKU_SHUTOKU | date(2005,2025,"%Y%m%d") | EMPLOYMENT_DATE
JIGYOSHO_KIGO | n(100,999)
BYOMEI | ch("Koketsuatsu","Tonyobyo","Zensoku","Yotsu","Kafunsho")~40 | DIAGNOSIS_TEXT
KYUFU_KBN | ch("1","2","3") | HEALTH_FLAG
KINGAKU | n(1200,98000)
= condominio_it/condomini it 110 other
cognome | p.last | PERSON_NAME
nome | p.first | PERSON_NAME
codice_fiscale | cf(p) | IT_CODICE_FISCALE
indirizzo | p.street | ADDRESS
interno | n(1,24)
scala | ch("A","B","C")
millesimi | dec(f(12,98,3))
cellulare | p.phone~12 | PHONE
email | p.email~25 | EMAIL
quota_annua | dec(f(300,2900))
rate_pagate | n(0,4)
iban_accredito | iban("IT")~30 | IBAN
delega_assemblea | ch("si","no")
note | ch("moroso","ascensore esente","","box 12")~40
= clinica_br/agenda pt 140 other
id_agendamento | 77000+i
nome_completo | p.full | PERSON_NAME
cpf | cpf(boo(.7)) | BR_CPF
data_nasc | d(p.dob,"%d/%m/%Y") | DOB
celular | p.phone | PHONE
convenio | w("Unimed:4,Bradesco:3,SUS:2,Particular:3") | HEALTH_FLAG
carteirinha | dig(17)~25 | HEALTH_INSURANCE_ID
especialidade | ch("Cardiologia","Pediatria","Ortopedia","Ginecologia") | ENCOUNTER_TYPE
queixa_principal | ch("dor lombar","cefaleia","febre há 3 dias","hipertensão","retorno exames","crise de asma") | DIAGNOSIS_TEXT
cid | ch("M54.5","R51","R50.9","I10","J45.0")~15 | ICD_CODE
prescricao | ch("Dipirona 500mg","Losartana 50mg 1x/dia","Salbutamol spray","Ibuprofeno 600mg")~40 | MEDICATION
valor | dec(f(90,600))
compareceu | ch("sim","não")
sala | n(1,9)
= ecommerce_eu/orders de 240 en
order_number | f"SO-{2025000+i}"
customer_email | p.email | EMAIL
ship_to_name | p.full | PERSON_NAME
ship_to_street | p.street | ADDRESS
ship_to_zip | p.zip | POSTAL_CODE
ship_to_city | p.city | CITY
ship_to_phone | p.phone~35 | PHONE
sku | pat("@@-####")
product_name | prod()
quantity | n(1,5)
unit_price | f(3,220)
discount_code | ch("WELCOME10","SUMMER","")~60
payment_method | w("card:5,paypal:4,invoice:2,klarna:2")
card_last4 | dig(4)~45 | CREDIT_CARD?; last four digits
carrier | w("DHL:5,DPD:3,UPS:2")
tracking_number | "00340434"+dig(12)
order_status | w("shipped:6,returned:1,open:2")
gift_message | ch(f"Happy birthday {P('de').first}!","",f"Alles Gute, dein {P('de').first}","Enjoy!")~80 | FREE_TEXT_PII?; first names in part
utm_source | w("google:4,newsletter:2,direct:4,meta:2")
customer_ip | ip() | IP_ADDRESS
= ecommerce_eu/products de 120 en
product_id | 3100+i
title | prod()
brand | org() | ORGANIZATION
ean13 | ean()
category_path | ch("Home > Kitchen","Sports > Outdoor","Electronics > Audio","Garden")
list_price | f(4,240)
vat_rate | ch(7,19)
stock_level | n(0,800)
weight_g | n(40,9000)
color | ch("black","sand","forest green","white","navy")
image_url | f"https://cdn.shop.eu/p/{hexs(8)}.webp"
avg_rating | f(2.5,5,1)
review_count | n(0,900)
discontinued | ch("false","false","true")
hs_code | dig(8)
supplier_contact_email | ch("sales","orders","info")+"@"+ch("nordwind.de","oakline.com","papillon.fr") | EMAIL_ORG
= store_loyalty/members us 200 en
Member Number | "6035"+dig(12) | CUSTOMER_NUMBER
Name | p.full | PERSON_NAME
Mobile | p.phone~5 | PHONE
Birthday | f"{n(1,12):02d}/{n(1,28):02d}"~30 | DOB_PART
E-mail | p.email~12 | EMAIL
Points | n(0,24000)
Tier | w("Bronze:6,Silver:3,Gold:1")
Home Store | n(12,410)
Joined | date(2012,2025,"%m/%d/%Y")
Last Purchase Amount | ln(3.5)
Favorite Category | ch("Produce","Bakery","Deli","Pet","Household")
SMS Consent | ch("Y","N")
PIN | dig(4)~10 | PASSWORD; PIN of an account
Household Size | n(1,6) | NONE?; of a household
Comments | note(p)~70 | FREE_TEXT_PII
= hotel_pms/reservations gb 180 en
confirmationNo | f"{n(30000000,39999999)}"
guestName | p.full | PERSON_NAME
guestEmail | p.email~15 | EMAIL
nationality | w("GB:6,DE:2,US:2,FR:1") | NATIONALITY
passportNo | ch(dig(9),pat("@@#######"))~30 | PASSPORT
! A=dt.date(2025,1,1)+dt.timedelta(days=n(0,364))
arrivalDate | A
departureDate | A+dt.timedelta(days=n(1,9))
roomType | w("DBL:5,TWN:3,STE:1")
roomNo | n(101,618)
ratePlan | ch("BAR","CORP","OTA-BK","ADV14")
nightlyRate | f(70,320)
ccToken | "tok_"+b64(18)~20 | CREDIT_CARD?; token of a card
cardOnFile | card()~40 | CREDIT_CARD
cvc | cvv()~75 | CVV
specialRequests | ch("High floor","Late arrival 23:00","Baby cot","Vegan breakfast","")~50
vipLevel | n(0,3)
source | w("Booking:5,Direct:3,GDS:2")
carRegistration | f"{pat('@@')}{n(10,74)} {pat('@@@')}"~50 | LICENSE_PLATE
= airline_dcs/pax us 220 abbr
PNR | pat("??????")
TKT_NO | "016"+dig(10)
PAX_NM | up(p.last+"/"+p.first+ch(" MR"," MS","")) | PERSON_NAME
DOCS_NO | pat("#########")~6 | PASSPORT
DOCS_NAT | w("USA:7,CAN:1,MEX:1") | NATIONALITY
DOB | d(p.dob,"%d%b%y").upper() | DOB
FFP_NO | pat("@@#######")~50 | CUSTOMER_NUMBER
SEG | ch("ORD","DEN","BOI","SEA")+ch("LAX","ATL","JFK","MIA")
FLT | f"UX{n(100,2400)}"
DEP_DT | date(2025,2025,"%d%b").upper()
CLS | w("Y:6,B:2,J:1")
SEAT | f"{n(1,38)}{ch(*'ABCDEF')}"
BAG_CNT | n(0,3)
BAG_TAG | "0016"+dig(6)~30
SSR | ch("WCHR","VGML","UMNR","")~80 | HEALTH_FLAG?; services, wheelchairs among them
CTC_PH | p.phone~20 | PHONE
CTC_EML | up(p.email.replace("@","//"))~40 | EMAIL
= utility_us/accounts us 180 abbr
ACCT_NBR | f"{n(10,99)}-{dig(7)}-{dig(1)}" | CUSTOMER_NUMBER
CUST_NM_1 | up(p.lf) | PERSON_NAME
SVC_ADDR | up(p.street) | ADDRESS
SVC_CITY | up(p.city) | CITY
MAIL_ADDR | up(P("us").street)~60 | ADDRESS
PH_HOME | "".join(c for c in p.phone if c.isdigit())~15 | PHONE
SSN4 | dig(4)~25 | SSN?; last four digits
MTR_NBR | f"E{dig(8)}"
MTR_RDG | n(1000,99999)
KWH_USG | n(80,2800)
RTE_SCHD | ch("R-1","R-2","TOU-A")
CYC | n(1,21)
DPST_AMT | ch("0.00","150.00","200.00")
BNK_ACCT | dig(10)~70 | BANK_ACCOUNT
BNK_RT | aba()~70 | ROUTING_NUMBER
LST_PMT_DT | date(2025,2025,"%m%d%Y")
CR_CD | ch("A","B","C","D")
LS_FLG | w("N:20,Y:1") | HEALTH_FLAG; life support
= meter_iot/readings us 200 en
deviceId | f"mtr-{hexs(8)}"
macAddress | mac() | NONE; of meters
firmwareVersion | f"{n(1,3)}.{n(0,9)}.{n(0,40)}"
readingTimestamp | ts(2025,2025,"%Y-%m-%dT%H:%M:00Z")
voltage | f(226,236,1)
currentAmps | f(0,24,2)
activePowerW | n(0,5200)
batteryPct | n(11,100)
rssi | "-"+str(n(48,99))
gatewayId | f"gw-{n(1,60):03d}"
temperatureC | f(-4,38,1)
errorCode | w("0:20,E12:1,E40:1")
sequenceNo | 100000+i*4
isEstimated | ch("false","false","true")
= plant_mes/production de 160 abbr
AUFNR | f"10{dig(6)}"
MATNR | f"{pat('@')}{dig(6)}-{n(10,99)}"
WERK | ch("1000","1100","2000")
ARBPL | ch("FR01","DR02","MONT3","LACK")
SOLL_MG | n(10,500)
IST_MG | n(8,500)
AUSSCH | n(0,14)
RUESTZ_MIN | n(5,90)
SCHICHT | ch("F","S","N")
PERSNR | f"{n(1000,4999)}" | EMPLOYEE_NUMBER
WERKER | p.last | PERSON_NAME
CHARGE | pat("@@####")
PRUEFLOS | dig(12)
RUECKMELD_ZEIT | ts(2025,2025,"%d.%m.%Y %H:%M")
STOERGRUND | ch("Werkzeugbruch","Material fehlt","Wartung","")~60
= quality_lab/samples us 140 abbr
SMPL_ID | f"S{n(100000,999999)}"
LOT | pat("@####")
PH_VAL | f(3,9,2)
VISC_CP | n(5,900)
MOIST_PCT | f(0.1,14,2)
SPEC_LO | f(0.1,2,2)
SPEC_HI | f(9,14,2)
PASS_FL | w("P:9,F:1")
ANLST | p.init | PERSON_NAME?; initials
RVW_BY | p.user | USERNAME
TST_METH | ch("ASTM D445","USP <791>","ISO 6296")
RCVD_TS | ts(2025,2025,"%m/%d/%y %H:%M")
RMKS | ch("rerun","hazy","ok","sample leaked, see dev report")~60
= county_court/cases us 150 en
case_number | f"{n(19,25)}-CR-{dig(5)}"
defendant_name | up(p.lf) | PERSON_NAME
defendant_dob | d(p.dob,"%m/%d/%Y") | DOB
drivers_license_no | ch(pat("@#######"),dig(9),pat("@@######@"))~25 | DRIVERS_LICENSE
charge_description | ch("DUI 1st offense","Petty theft","Speeding 20+ over","Trespassing","Failure to appear") | CRIMINAL_RECORD?
statute | ch("ORC 4511.19","§ 2913.02","4511.21(D)") | CRIMINAL_RECORD?
filing_date | date(2019,2025)
judge | "Hon. "+P("us").full | PERSON_NAME
attorney_name | P("us").full+", Esq."~30 | PERSON_NAME
bail_amount | ch(0,500,1500,10000)
courtroom | n(1,14)
disposition | w("Guilty plea:4,Dismissed:3,Pending:3") | CRIMINAL_RECORD?
fine_amount | f(0,900)
fine_paid | ch("Y","N")
= dmv_registry/vehicles us 160 abbr
TITLE_NO | dig(10)
VIN | vin() | VEHICLE_ID
PLATE | pat("@@@ ####") | LICENSE_PLATE
OWN_NM | up(p.lf) | PERSON_NAME
OWN_DLN | pat("@#######")~12 | DRIVERS_LICENSE
OWN_ADDR | up(p.street) | ADDRESS
OWN_ZIP | p.zip | POSTAL_CODE
MK | ch("FORD","TOYT","HOND","CHEV","SUBA")
MDL_YR | n(1998,2025)
BODY | ch("4D","SW","PK","VN")
ODOM | n(20,220000)
LIEN_HLDR | up(org())~50 | ORGANIZATION
REG_EXP | date(2025,2027,"%Y%m")
FEE_AMT | f(28,240)
EMIS | w("P:9,F:1")
= tax_au/clients gb 120 en
Client Code | pat("@@@@##") | CUSTOMER_NUMBER
Client Name | p.full | PERSON_NAME
TFN | tfn()~6 | AU_TFN
Medicare Card | aumed()~35 | HEALTH_INSURANCE_ID
ABN | abn()~60 | AU_ABN?; of sole traders
BSB | f"0{n(12,88)}-{dig(3)}"~15 | AU_BSB
Account No. | dig(n(6,9))~15 | BANK_ACCOUNT
Mobile | f"04{n(10,99)} {n(100,999)} {n(100,999)}"~10 | PHONE
Taxable Income | n(18,240)*1000 | SALARY
Refund / (Payable) | ch(f(10,4000),"("+f(10,900)+")")
Return Year | ch(2022,2023,2024)
Lodged | date(2023,2025,"%d/%m/%Y")
Preparer | P("gb").first | PERSON_NAME
Fee ex GST | f(110,900)
Status | w("Lodged:7,Draft:2,Queried:1")
= aadhaar_loans/borrowers gb 110 en
loan_id | f"LN{n(100000,999999)}"
borrower_name | ch("Rakesh","Sunita","Manoj","Lakshmi","Farhan","Deepa","Harpreet","Anjali")+" "+ch("Verma","Iyer","Chaudhary","Reddy","Shaikh","Pillai","Gill","Bhatt") | PERSON_NAME
pan | pan_in(p) | IN_PAN
mobile_no | ch("9","8","7")+dig(9) | PHONE
bank_account_no | dig(n(11,16)) | BANK_ACCOUNT
ifsc_code | ch("HDFC","ICIC","SBIN","UTIB")+"0"+pat("#")+dig(5) | IFSC
sanctioned_amount_inr | n(2,90)*5000
emi_amount | n(900,24000)
tenure_months | ch(12,24,36,60)
dpd_bucket | w("0:7,1-30:2,31-60:1")
branch_name | ch("Indiranagar","Andheri East","Salt Lake","Gomti Nagar") | CITY_ORG
product_code | ch("PL","GL","2W","MSME")
nach_status | w("active:8,bounced:1,pending:1")
father_name | ch("Ramesh","Suresh","Gopal","Abdul","Balwinder")+" "+ch("Verma","Iyer","Reddy","Shaikh","Gill")~10 | PERSON_NAME
= helpdesk_saas/tickets us 180 en
ticketId | 44100+i
subject | ch("Cannot log in","Invoice question","Feature request: export","App crashes on start","Refund please","Change my e-mail")
description | ch(f"Hi, I'm {p.full}, my account {p.email} is locked. Call me at {p.phone}.","The export button does nothing since yesterday.",f"Please update my address to {p.addr}. Thanks, {p.first}","Steps: open app, tap sync, crash.",f"Refund to the card of {p.full} please.") | FREE_TEXT_PII
requesterName | p.full | PERSON_NAME
requesterEmail | p.email | EMAIL
assignee | ch("maria.t","dev-team","kofi","l.svensson") | USERNAME
priority | w("low:3,normal:5,high:2,urgent:1")
channel | w("email:5,chat:3,web:2")
tags | ch("billing","login;mobile","export","vip")
slaBreached | w("false:8,true:1")
firstReplyMinutes | n(2,2900)
satisfaction | ch("good","bad","")~50
createdAt | ts(2025,2025,"%Y-%m-%dT%H:%M:%SZ")
productVersion | f"{n(8,11)}.{n(0,9)}"
= church_donors/gifts us 120 en
Donor | p.full+ch(""," & "+P("us").first) | PERSON_NAME
Envelope # | n(1,420)
Gift Date | date(2024,2025,"%m/%d/%Y")
Amount | ch("25.00","50.00","100.00",f(5,900))
Fund | w("General:6,Missions:2,Building:2")
Check No | n(101,9800)~50
Phone | p.phone~20 | PHONE
Address | p.addr | ADDRESS
Acknowledged | ch("Y","N")
Anniversary | date(1965,2015,"%m/%d/%Y")~60 | DOB_PART?; wedding day
Prayer Request | ch(f"Healing for {P('us').first}, cancer surgery","Job search","Safe travel",f"{P('us').first} in rehab")~70 | FREE_TEXT_PII
= real_estate/tenants gb 130 en
tenancy_ref | f"T{n(10000,99999)}"
tenant_name | p.full | PERSON_NAME
guarantor | P("gb").full~55 | PERSON_NAME
property | P("gb").addr | ADDRESS
rent_pcm | n(450,2400)
deposit_scheme_ref | pat("DPS########")~20
start_date | date(2019,2025,"%d/%m/%Y")
tenant_email | p.email~8 | EMAIL
tenant_mobile | p.phone~5 | PHONE
arrears | f(0,1800)
key_code | pat("@#-###") | NONE?; code of a key
epc_rating | ch("B","C","D","E")
gas_cert_expiry | date(2025,2026,"%d/%m/%Y")
landlord_company | org()~60 | ORGANIZATION
furnished | ch("Yes","No","Part")
bedrooms | n(1,5)
right_to_rent_doc | ch("UK passport","BRP","Share code") | NATIONALITY?; kinds of papers
= fitness_app/members us 150 en
memberUuid | uid() | PERSON_ID
displayName | ch(p.user,p.first+" "+p.last[0],p.full) | PERSON_NAME
email | p.email | EMAIL
passwordDigest | argon() | PASSWORD_HASH
heightCm | n(150,202) | HEALTH_FLAG
weightKg | f(48,118,1) | HEALTH_FLAG
restingHeartRate | n(48,92)~30 | LAB_RESULT
stepsToday | n(0,24000) | HEALTH_FLAG
workoutType | ch("run","swim","hiit","yoga","cycle") | HEALTH_FLAG
caloriesBurned | n(40,900) | HEALTH_FLAG
homeLat | f(30,47,6) | GEO_COORDINATES
homeLng | "-"+f(76,120,6) | GEO_COORDINATES
subscriptionPlan | w("free:6,plus:3,pro:1")
stripeCustomerId | "cus_"+b64(14)~50 | CUSTOMER_NUMBER
wearableModel | ch("FitBand 3","PulseWatch S","none")
deviceToken | hexs(64)~30 | DEVICE_ID
injuries | ch("torn ACL 2021","lower back pain","asthma","tendonitis")~75 | DIAGNOSIS_TEXT
= blood_bank/donations gb 120 en
donation_id | f"G{n(1000,1999)} {n(20,25)} {dig(6)}"
donor_name | p.full | PERSON_NAME
donor_dob | d(p.dob,"%d-%b-%Y") | DOB
blood_group | w("O+:37,A+:36,B+:8,O-:7,A-:7,AB+:3") | LAB_RESULT
haemoglobin_g_l | n(118,172) | LAB_RESULT
deferral_reason | ch("Low haemoglobin","Recent tattoo","Travel malaria area","Hepatitis B marker","Pregnancy")~70 | DIAGNOSIS_TEXT
nhs_no | nhs(" ")~12 | GB_NHS
session_venue | ch("Town Hall","Methodist Church","Leisure Centre")
bag_type | ch("CPD","QUAD")
volume_ml | n(430,475)
arm | ch("L","R") | HEALTH_FLAG
phlebotomist | p.user | USERNAME
component_status | w("released:8,discarded:1,quarantine:1")
= radiology_pacs/worklist us 140 abbr
ACCN | dig(8)
PID | f"{dig(7)}" | MRN
PNAME | up(p.last)+"^"+up(p.first) | PERSON_NAME
PBIRTH | d(p.dob,"%Y%m%d") | DOB
PSEX | p.sex | GENDER
MOD | w("CT:3,MR:3,CR:4,US:2")
STUDY_DESC | ch("CT ABD/PELVIS W CONTRAST","MR BRAIN WO","XR CHEST 2V","US THYROID","MR KNEE LT") | PROCEDURE_TEXT
REASON | ch("r/o PE","headache, hx migraine","fall, eval fx","thyroid nodule f/u","staging breast ca") | DIAGNOSIS_TEXT
REF_PHYS | up(P("us").last)+"^"+p.mid | PERSON_NAME
STUDY_UID | f"1.2.840.113619.2.{n(10,400)}.{dig(9)}.{dig(6)}"
SER_CNT | n(1,12)
IMG_CNT | n(2,900)
AET | ch("CT01","MR02","DXRM3")
RPT_STAT | w("FINAL:7,PRELIM:2,ADDEND:1")
READ_BY | P("us").last+", MD" | PERSON_NAME
PRIOR_EXAMS | n(0,9)
= vaccination_be/registrations fr 120 en
registration_code | pat("@##-@##")
citizen_name | p.full | PERSON_NAME
niss | (lambda s: f"{s}{97-int(s)%97:02d}")(f"{P('fr',1940,1999).dob:%y%m%d}{n(1,997):03d}") | BE_NN
vaccine | w("Comirnaty:5,Spikevax:3,Vaxzevria:1") | VACCINE
dose_number | n(1,4)
batch | pat("@@####")
center | ch("Brussels Expo","Namur","Liège Palais") | CITY_ORG
slot_time | ts(2021,2022,"%Y-%m-%d %H:%M")
contraindication | ch("allergie PEG","grossesse","anticoagulants")~80 | DIAGNOSIS_TEXT
sms_number | "+324"+dig(8)~10 | PHONE
no_show | w("0:9,1:1")
priority_group | w("1A:1,1B:3,2:6") | HEALTH_FLAG
= payments_gw/charges us 200 en
chargeId | "ch_"+b64(24)
paymentMethod | w("visa:5,mastercard:3,amex:1")
cardNumber | card() | CREDIT_CARD
cardExpMonth | n(1,12) | CARD_EXPIRY?; part of a date
cardCvc | cvv()~65 | CVV
billingName | p.full | PERSON_NAME
billingZip | p.zip | POSTAL_CODE
amountCents | n(199,99900)
currency | "usd"
avsResult | ch("Y","A","Z","N")
riskScore | n(1,99)
receiptEmail | p.email~20 | EMAIL
statementDescriptor | ch("BRIGHTWATER","OAKLINE*SHOP","SUNDIAL 800-555")
processorResponse | w("approved:9,do_not_honor:1,insufficient_funds:1")
idempotencyKey | uid()
refunded | w("false:9,true:1")
payoutIban | iban(ch("DE","NL","BE"))~70 | IBAN
= wp_shop/wp_users us 130 abbr
ID | i+1 | PERSON_ID
user_login | p.user | USERNAME
user_pass | "$P$B"+b64(30,"./"+string.ascii_letters+string.digits) | PASSWORD_HASH
user_nicename | p.user.replace(".","-") | USERNAME
user_email | p.email | EMAIL
user_url | ch("","https://"+p.user.replace(".","")+".blog")~70 | PERSONAL_URL?; own sites
user_registered | ts(2014,2025)
user_activation_key | f"{n(1600000000,1750000000)}:$P$B{b64(30)}"~85 | SERVICE_TOKEN
user_status | 0
display_name | p.full | PERSON_NAME
= erp_fi/vendor_master de 100 abbr
LIFNR | f"00001{dig(5)}"
NAME1 | org() | ORGANIZATION
STRAS | p.street | ADDRESS_ORG
ORT01 | p.city | CITY_ORG
LAND1 | ch("DE","DE","NL","AT") | COUNTRY_ORG
STCEG | "DE"+dig(9) | DE_VAT_ORG
ZTERM | ch("ZB30","ZB14","NT00")
AKONT | ch("160000","161000")
BANKN | dig(10) | BANK_ACCOUNT_ORG
SPERR | ch("","X")~80
ERDAT | date(2009,2025,"%Y%m%d")
ERNAM | up(p.user)[:12] | USERNAME
ANSPR | ch("Herr ","Frau ")+p.last~30 | PERSON_NAME
TELF1 | p.phone | PHONE_ORG
= gl_ledger/journal us 200 abbr
JE_ID | f"JE{n(100000,999999)}"
LN | n(1,40)
ACCT | n(1000,8999)
SUB_ACCT | dig(3)
DR_AMT | f(0,9000)~45
CR_AMT | f(0,9000)~45
FY | ch(2023,2024,2025)
PRD | n(1,12)
SRC_CD | ch("AP","AR","GJ","PR")
DESCR | ch("Accrue Q3 rent","Depreciation "+date(2024,2025,"%b %Y"),"Office supplies - "+org(),"FX reval","Payroll reclass")
PSTD_FL | ch("Y","Y","N")
PSTD_BY | up(p.user) | USERNAME
DOC_REF | pat("INV-######")~30
DEPT | n(100,480)
BU | ch("NA01","EU02")
= freight_wms/shipments us 180 abbr
SHPMT_NO | dig(9)
BOL | f"BOL{dig(7)}"
CNSGNEE | up(org()) | ORGANIZATION
DEST_CITY | up(city()) | CITY_ORG
PLT_CNT | n(1,26)
GRS_WT | n(120,19000)
FRT_CLS | ch("50","70","92.5")
CARR_SCAC | ch("ODFL","XPOL","SAIA")
PRO_NO | dig(10)
ETA | ts(2025,2025,"%m/%d/%Y %H:%M")
TMP_REQ | ch("AMB","34F","-10F")
DRVR_NM | p.full~20 | PERSON_NAME
DRVR_CELL | p.phone~30 | PHONE
SEAL_NO | dig(7)
HAZ | w("N:15,Y:1")
DLV_STAT | w("DLV:6,INT:3,EXC:1")
= research_survey/responses us 200 en
response_id | "R_"+b64(15)
recorded_date | ts(2024,2024,"%Y-%m-%d %H:%M:%S")
progress | ch(100,100,100,62,33)
duration_in_seconds | n(60,2400)
ip_address | ip() | IP_ADDRESS
location_latitude | f(30,47,4) | GEO_COORDINATES; of a respondent
location_longitude | "-"+f(76,120,4) | GEO_COORDINATES; of a respondent
recipient_email | p.email~40 | EMAIL
q1_satisfaction | n(1,5)
q2_nps | n(0,10)
q3_used_feature | ch("Search","Reports","Mobile app")
q4_comment | ch("Love it","too slow on my phone","ask Brenda in support, she was great","no","pricing is confusing")~35 | FREE_TEXT_PII?; a name in part
age_band | w("18-24:2,25-34:4,35-44:3,45+:3") | AGE
household_income | w("<25k:2,25-50k:4,50-100k:4,100k+:2") | SALARY
distribution_channel | w("email:6,anonymous:4")
user_language | w("EN:9,ES:1") | LANGUAGE
= gaming_accounts/players us 160 en
PlayerId | 880000+i*3 | PERSON_ID
GamerTag | ch("Dark","Neon","Lazy","Sir","xX","Turbo")+ch("Wolf","Potato","Ninja","Raven","Goose")+str(n(1,999)) | USERNAME
Email | p.email~3 | EMAIL
PasswordSha1 | hexs(40) | PASSWORD_HASH
LastLoginIP | ip() | IP_ADDRESS
Level | n(1,120)
XP | n(0,999999)
GoldBalance | n(0,99999)
Guild | ch("Night Owls","Mithril Hand","","Casuals")~20
Kills | n(0,9000)
PlaytimeHours | f(0.2,2400,1)
Region | w("NA:5,EU:4,AS:2")
Banned | w("0:20,1:1")
AuthToken | b64(48)~40 | SERVICE_TOKEN
InventoryJson | '{"slot1":"sword_'+str(n(1,9))+'","potions":'+str(n(0,20))+'}'
= network_assets/devices us 150 en
hostname | host(".corp.lan")
serial_number | pat("?????##??")
asset_tag | f"A{n(10000,99999)}"
mac_address | mac("-").upper() | MAC_ADDRESS?; of staff and shared machines
ipv4 | f"192.168.{n(0,40)}.{n(2,254)}" | NONE; private addresses
os_build | ch("Windows 11 23H2","Ubuntu 22.04.4","macOS 14.5")
assigned_user | p.work~25 | USERNAME
assigned_user_name | p.full~25 | PERSON_NAME
purchase_cost | f(300,3200)
warranty_end | date(2025,2028)
location | ch("HQ-3F-112","DC-East","Remote")
local_admin_password | pw()~30 | PASSWORD
bitlocker_recovery_key | "-".join(f"{n(0,65535)*11:06d}" for _ in range(8))~45 | SERVICE_TOKEN; recovery keys
last_patch_date | date(2025,2025)
encryption_status | w("encrypted:8,none:1")
ram_gb | ch(8,16,32)
= cloud_billing/line_items us 200 en
invoice_id | f"INV-2025-{n(1000,9999)}"
usage_account_id | dig(12)
product_code | ch("AmazonEC2","AmazonS3","AWSLambda","AmazonRDS")
usage_type | ch("BoxUsage:m5.large","TimedStorage-ByteHrs","Requests-Tier1","DataTransfer-Out-Bytes")
usage_quantity | ln(2,1.5,4)
unblended_cost | ln(1,1.4,6)
region | ch("us-east-1","eu-west-1","ap-south-1")
resource_arn | f"arn:aws:ec2:us-east-1:{dig(12)}:instance/i-0{hexs(16)}"
usage_start | ts(2025,2025,"%Y-%m-%dT%H:00:00Z")
tag_team | ch("platform","growth","data")
tag_owner | p.work+"@sundial.media"~30 | EMAIL
reserved | ch("true","false")
rate_code | pat("?????????")+".JRTCKXETXF"
= library_catalog/loans gb 140 en
loanId | 91000+i
barcode | "3"+dig(13)
title | ch("The Salt Path","Middlemarch","Wolf Hall","Cooking for Two","Python in Practice","Gruffalo","A Short History of Bees")
author | P("gb").lf | AUTHOR?; names of authors
isbn13 | "978"+dig(10)
branch | ch("Central","Northgate","Riverside")
borrowerName | p.full | PERSON_NAME
borrowerCard | "29"+dig(12) | CUSTOMER_NUMBER
dueDate | date(2025,2025)
renewals | n(0,3)
fineGbp | ch("0.00","0.00",f(0.2,8))
overdueNoticeEmail | p.email~30 | EMAIL
shelfMark | f"{n(100,899)}.{n(1,99)} {pat('@@@')}"
= union_fr/adherents fr 120 other
N° adhérent | f"A{n(1000,9999)}" | PERSON_ID
Nom | up(p.last) | PERSON_NAME
Prénom | p.first | PERSON_NAME
Né(e) le | d(p.dob,"%d/%m/%Y") | DOB
Adresse | p.street | ADDRESS
CP | p.zip | POSTAL_CODE
Ville | p.city | CITY
Courriel | p.email~15 | EMAIL
Portable | p.phone~10 | PHONE
Section syndicale | ch("Santé 49","Éducation","Métallurgie","Transports") | UNION_MEMBERSHIP?
Cotisation | dec(f(60,240))
Mode de paiement | w("prélèvement:6,chèque:3,espèces:1")
IBAN | ib4(iban("FR"))~35 | IBAN
Année | ch(2023,2024,2025)
À jour | ch("oui","non")
= gym_pt/socios pt 110 other
numero_socio | 1200+i | CUSTOMER_NUMBER
nome | p.full | PERSON_NAME
nif | ptnif() | PT_NIF
data_nascimento | d(p.dob,"%d-%m-%Y") | DOB
telemovel | "9"+ch("1","2","3","6")+dig(7) | PHONE
morada | p.street | ADDRESS
modalidade | ch("Cross","Natação","Pilates","Musculação")
mensalidade | dec(f(19,55))
debito_direto_iban | iban("PT")~30 | IBAN
atestado_valido | ch("S","N")
ultima_entrada | ts(2025,2025,"%d-%m-%Y %H:%M")
cacifo | n(1,240)~40
problemas_saude | ch("hérnia discal","asma","hipertensão","diabetes")~75 | DIAGNOSIS_TEXT
= hr_ch/personal de 120 abbr
PNR | n(100000,999999) | EMPLOYEE_NUMBER
NAM | p.last | PERSON_NAME
VNAM | p.first | PERSON_NAME
AHVNR | ahv() | CH_AHV
GBDAT | d(p.dob,"%d.%m.%Y") | DOB
KST | n(1000,1999)
PENSUM | ch(100,80,60,50)
LOHNKL | n(1,18)
MTLOHN | n(42,110)*100 | SALARY
IBAN_CH | ib4(iban("CH")) | IBAN
QUELLST | ch("J","N")
EINTR | date(2002,2025,"%d.%m.%Y") | EMPLOYMENT_DATE
FERIEN_REST | f(0,25,1)
KINDER | n(0,3) | NONE?; number of children
TEL_G | f"+41 44 {n(200,899)} {n(10,99)} {n(10,99)}"~15 | PHONE
BEW | ch("B","C","G","")~40 | NATIONALITY?; kind of permit
= treasury_ops/wires us 150 abbr
WIRE_REF | f"FT{dig(8)}"
VAL_DT | date(2025,2025,"%Y%m%d")
AMT_USD | ln(8.5,1.4)
ORIG_ACCT | dig(n(9,12)) | BANK_ACCOUNT
ORIG_NM | up(p.full) | PERSON_NAME
BENE_NM | up(P(ch("de","es","fr","nl")).full) | PERSON_NAME
BENE_IBAN | iban(ch("DE","ES","FR","NL","BE")) | IBAN
BENE_BIC | bic(ch("DE","ES","FR","NL")) | SWIFT_BIC
INTR_ABA | aba()~40 | ROUTING_NUMBER
FEE_CD | ch("OUR","SHA","BEN")
OFAC_RSLT | w("CLEAR:20,REVIEW:1")
PURP | ch("Invoice settlement","Tuition","Family support","Real estate","Loan repayment")
RLSD_BY | p.user | USERNAME
CHNL | ch("BRANCH","ONLINE","FILE")
= nomina_mx/dispersion es 120 other
num_empleado | n(10000,29999) | EMPLOYEE_NUMBER
empleado | up(p.full) | PERSON_NAME
rfc | curp(p)[:10]+pat("??#") | MX_RFC
clabe | clabe()~4 | CLABE
banco | ch("BBVA","Banorte","Santander","Azteca") | ORGANIZATION
tarjeta_nomina | card()~20 | CREDIT_CARD
percepciones | f(4200,26000)
isr | f(200,5200)
imss | f(90,900)
neto | f(3600,21000)
quincena | f"{n(1,24):02d}/2025"
puesto | ch("Almacenista","Cajera","Supervisor","Chofer") | JOB_TITLE
correo | p.email~30 | EMAIL
estatus | w("pagado:9,rechazado:1")
= ticket_arena/box_office us 150 en
Order # | 5550000+i*2
Buyer | p.full | PERSON_NAME
Buyer Email | p.email~4 | EMAIL
Event | ch("Spring Gala","Night of Blues","Ice Kings vs. Comets","Comedy Hour")
Section | pat("@")
Row | n(1,30)
Seat | n(1,40)
Face Value | ch("35.00","59.00","120.00")
Card Number | card(ch(""," "))~15 | CREDIT_CARD
Exp. | exp("%m/%Y")~15 | CARD_EXPIRY
Barcode | dig(12)
Will Call | ch("Y","N")
Scanned At | ts(2025,2025,"%m/%d/%Y %I:%M %p")~20
Promo | ch("","BLUES10","GROUP")~50
Phone | p.phone~20 | PHONE
'''
