"""Small word lists for the generated tables: conditions, drugs, laboratory tests, products."""

from __future__ import annotations

#: ICD-10 code and its title in English, German, French, Spanish and Portuguese.
CONDITIONS: tuple[tuple[str, str, str, str, str, str], ...] = (
    (
        "E11.9",
        "Type 2 diabetes mellitus without complications",
        "Diabetes mellitus Typ 2",
        "Diabète de type 2",
        "Diabetes mellitus tipo 2",
        "Diabetes mellitus tipo 2",
    ),
    (
        "I10",
        "Essential (primary) hypertension",
        "Essentielle Hypertonie",
        "Hypertension essentielle",
        "Hipertensión esencial",
        "Hipertensão essencial",
    ),
    (
        "J45.909",
        "Unspecified asthma, uncomplicated",
        "Asthma bronchiale",
        "Asthme",
        "Asma no especificada",
        "Asma não especificada",
    ),
    (
        "F32.9",
        "Major depressive disorder, single episode",
        "Depressive Episode",
        "Épisode dépressif",
        "Episodio depresivo",
        "Episódio depressivo",
    ),
    ("M54.5", "Low back pain", "Kreuzschmerz", "Lombalgie basse", "Lumbago", "Dor lombar baixa"),
    (
        "N39.0",
        "Urinary tract infection, site not specified",
        "Harnwegsinfektion",
        "Infection des voies urinaires",
        "Infección de vías urinarias",
        "Infecção do trato urinário",
    ),
    (
        "J18.9",
        "Pneumonia, unspecified organism",
        "Pneumonie",
        "Pneumopathie",
        "Neumonía",
        "Pneumonia",
    ),
    (
        "I48.91",
        "Unspecified atrial fibrillation",
        "Vorhofflimmern",
        "Fibrillation auriculaire",
        "Fibrilación auricular",
        "Fibrilação atrial",
    ),
    (
        "K21.9",
        "Gastro-esophageal reflux disease",
        "Refluxkrankheit",
        "Reflux gastro-œsophagien",
        "Reflujo gastroesofágico",
        "Refluxo gastroesofágico",
    ),
    (
        "G43.909",
        "Migraine, unspecified, not intractable",
        "Migräne",
        "Migraine",
        "Migraña",
        "Enxaqueca",
    ),
    (
        "C50.911",
        "Malignant neoplasm of right female breast",
        "Bösartige Neubildung der Brustdrüse",
        "Tumeur maligne du sein",
        "Tumor maligno de mama",
        "Neoplasia maligna da mama",
    ),
    (
        "B20",
        "Human immunodeficiency virus disease",
        "HIV-Krankheit",
        "Maladie due au VIH",
        "Enfermedad por VIH",
        "Doença pelo HIV",
    ),
    (
        "S52.501A",
        "Fracture of the lower end of right radius",
        "Distale Radiusfraktur",
        "Fracture du radius",
        "Fractura del radio",
        "Fratura do rádio",
    ),
    (
        "O80",
        "Encounter for full-term uncomplicated delivery",
        "Spontangeburt",
        "Accouchement unique et spontané",
        "Parto único espontáneo",
        "Parto único espontâneo",
    ),
    (
        "N18.3",
        "Chronic kidney disease, stage 3",
        "Chronische Nierenkrankheit, Stadium 3",
        "Maladie rénale chronique",
        "Enfermedad renal crónica",
        "Doença renal crônica",
    ),
    (
        "E78.5",
        "Hyperlipidemia, unspecified",
        "Hyperlipidämie",
        "Hyperlipidémie",
        "Hiperlipidemia",
        "Hiperlipidemia",
    ),
)
#: Language of a locale to the place of its title in CONDITIONS.
CONDITION_LANGUAGE = {"de": 2, "fr": 3, "es": 4, "pt": 5}

DRUGS = (
    "Metformin 500 mg tablet",
    "Lisinopril 10 mg tablet",
    "Atorvastatin 20 mg tablet",
    "Levothyroxine 50 mcg tablet",
    "Amlodipine 5 mg tablet",
    "Omeprazole 20 mg capsule",
    "Albuterol 90 mcg inhaler",
    "Gabapentin 300 mg capsule",
    "Sertraline 50 mg tablet",
    "Losartan 50 mg tablet",
    "Furosemide 40 mg tablet",
    "Amoxicillin 500 mg capsule",
    "Insulin glargine 100 units/mL",
    "Prednisone 10 mg tablet",
    "Tramadol 50 mg tablet",
    "Warfarin 5 mg tablet",
    "Escitalopram 10 mg tablet",
    "Oxycodone 5 mg tablet",
)
#: Laboratory test, LOINC code, unit, lowest and highest value.
LABS: tuple[tuple[str, str, str, float, float], ...] = (
    ("Hemoglobin", "718-7", "g/dL", 9.0, 17.5),
    ("Glucose", "2345-7", "mg/dL", 60, 260),
    ("Creatinine", "2160-0", "mg/dL", 0.4, 3.1),
    ("Potassium", "2823-3", "mmol/L", 3.0, 5.9),
    ("Hemoglobin A1c", "4548-4", "%", 4.5, 12.0),
    ("Cholesterol in LDL", "18262-6", "mg/dL", 40, 220),
    ("TSH", "3016-3", "mIU/L", 0.1, 9.0),
    ("Platelets", "777-3", "10*3/uL", 90, 450),
)
#: SNOMED CT concepts and terms.
CONCEPTS = (
    ("73211009", "Diabetes mellitus"),
    ("38341003", "Hypertensive disorder"),
    ("195967001", "Asthma"),
    ("22298006", "Myocardial infarction"),
    ("84114007", "Heart failure"),
    ("13645005", "Chronic obstructive lung disease"),
    ("40930008", "Hypothyroidism"),
    ("271737000", "Anemia"),
    ("35489007", "Depressive disorder"),
)
#: CPT and HCPCS codes and their text.
PROCEDURES = (
    ("99213", "Office visit, established patient"),
    ("93000", "Electrocardiogram, complete"),
    ("80053", "Comprehensive metabolic panel"),
    ("71046", "Chest x-ray, two views"),
    ("45378", "Diagnostic colonoscopy"),
    ("27447", "Total knee arthroplasty"),
    ("90686", "Influenza vaccine"),
    ("J1885", "Injection, ketorolac"),
    ("36415", "Venipuncture"),
)
PRODUCTS = (
    "Oak dining table",
    "Wireless mouse M220",
    "Jackson leather sofa",
    "Maria biscuits 400 g",
    "Victoria sponge mix",
    "Steel water bottle 750 ml",
    "Kent clamp 40 mm",
    "LED bulb E27 9W",
    "Georgia cotton sheet",
    "USB-C cable 2 m",
    "Dallas desk lamp",
    "Ergonomic chair Milton",
    "Amelie hand soap",
    "Trail shoe Everest",
    "Notebook A5 dotted",
    "Gift card 25",
)
NOTE_TEXTS = {
    "en": (
        "Spoke with {full} on {phone}, wants a call back after 5 pm.",
        "{first} {last} lives at {street}, {city}; do not ring the bell.",
        "Customer {last} asked to change the mail address to {email}.",
        "Mother of {first} called, verified date of birth {dob}.",
        "Please refund {full}, was charged twice.",
    ),
    "de": (
        "{full} bittet um Rückruf unter {phone}.",
        "Neue Anschrift von {last}: {street}, {city}.",
        "Mail bitte künftig an {email}, gez. {first} {last}",
    ),
    "fr": (
        "{full} souhaite être rappelé au {phone}.",
        "Nouvelle adresse de {last} : {street}, {city}.",
        "Écrire à {email} pour {first} {last}.",
    ),
    "es": (
        "Llamar a {full} al {phone} por la tarde.",
        "{first} {last} vive ahora en {street}, {city}.",
        "Enviar la factura de {last} a {email}.",
    ),
    "pt": (
        "Ligar para {full} no {phone}.",
        "{first} {last} mudou para {street}, {city}.",
    ),
}
CLINICAL_TEXTS = {
    "en": (
        "{full} is a {age} year old seen for {dx}. Denies chest pain. Follow up in 2 weeks.",
        "Pt {last}, DOB {dob}, presents with {dx}. Started {drug}.",
        "Called {first} at {phone} about results; {dx} stable on {drug}.",
        "Reviewed chart. {dx}. Continue {drug}. Family informed.",
    ),
    "de": (
        "Pat. {last}, geb. {dob}, stellt sich vor mit {dx}. Beginn {drug}.",
        "{first} {last} ({age} J.): {dx}. Weiter {drug}, Kontrolle in 2 Wochen.",
        "Befund besprochen, {dx}. Angehörige informiert.",
    ),
    "fr": (
        "Patient {last}, né(e) le {dob}, consulte pour {dx}. Débute {drug}.",
        "{full}, {age} ans : {dx}. Poursuivre {drug}.",
        "Dossier revu, {dx}. Famille informée.",
    ),
}
PLAIN_TEXTS = {
    "en": (
        "Box was damaged on arrival, replaced from stock.",
        "Works as described.",
        "Retry after timeout, second run passed.",
        "Price agreed until end of quarter.",
        "See ticket for the log output.",
        "Left at loading dock B.",
        "Migrated from the old system.",
        "Colour differs from the picture.",
        "Scheduled maintenance window.",
    ),
    "de": (
        "Karton beschädigt, aus dem Lager ersetzt.",
        "Drucker neu starten und Treiber laden.",
        "Preis gilt bis Ende des Quartals.",
        "Siehe Protokoll im Anhang.",
    ),
    "fr": (
        "Carton abîmé, remplacé du stock.",
        "Prix valable jusqu'à la fin du trimestre.",
        "Fournitures de bureau",
        "Prestation de maintenance",
    ),
}
SECRET_PATTERNS = {
    "aws_id": "AKIA????????????????",
    "github": "ghp_************************************",
    "stripe": "sk_test_************************",
    "slack": "xoxb-############-############-************************",
    "generic": "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
    "aws_secret": "****************************************",
}
