"""Word lists of the third part: places, phone shapes, diagnoses, drugs, tests and sentences."""

from __future__ import annotations

LANGUAGES = {"FR": "fr", "IT": "it", "PL": "pl", "NL": "nl", "BR": "pt", "US": "en", "JP": "ja", "FI": "fi", "ES": "es"}
STREET_FORMS = {
    "FR": "{number} {name}",
    "IT": "{name} {number}",
    "PL": "ul. {name} {number}",
    "NL": "{name} {number}",
    "BR": "{name}, {number}",
    "US": "{number} {name}",
    "JP": "{name} {number}",
    "FI": "{name} {number}",
    "ES": "{name}, {number}",
}
PHONES = {
    "FR": ("0# ## ## ## ##", "06 ## ## ## ##", "+33 6 ## ## ## ##", "07########"),
    "IT": ("+39 3## ### ####", "3########", "0## ######", "02 ########"),
    "PL": ("+48 ### ### ###", "5########", "22 ### ## ##"),
    "NL": ("06-########", "+31 6 ########", "020-#######", "0##-#######"),
    "BR": ("(11) 9####-####", "(2#) 9####-####", "+55 31 9########"),
    "US": ("(2##) 3##-####", "6##-4##-####", "+1 7## 2## ####", "9##.8##.####"),
    "JP": ("090-####-####", "080-####-####", "03-####-####", "06-####-####"),
    "FI": ("040 #######", "+358 50 #######", "09 ######"),
    "ES": ("6## ### ###", "+34 6########", "9## ## ## ##"),
}
MAIL_DOMAINS = {
    "FR": ("orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "sfr.fr", "gmail.com"),
    "IT": ("libero.it", "tiscali.it", "virgilio.it", "pec.it", "gmail.com"),
    "PL": ("wp.pl", "onet.pl", "interia.pl", "o2.pl", "gmail.com"),
    "NL": ("ziggo.nl", "kpnmail.nl", "xs4all.nl", "hetnet.nl", "outlook.com"),
    "BR": ("uol.com.br", "bol.com.br", "terra.com.br", "hotmail.com", "gmail.com"),
    "US": ("comcast.net", "verizon.net", "aol.com", "icloud.com", "yahoo.com"),
    "JP": ("docomo.ne.jp", "ezweb.ne.jp", "yahoo.co.jp", "softbank.jp"),
    "FI": ("luukku.com", "elisanet.fi", "gmail.com"),
    "ES": ("telefonica.net", "movistar.es", "hotmail.es", "gmail.com"),
}
LEGAL_FORMS = {
    "FR": ("SARL", "SAS", "et Fils", "SA"),
    "IT": ("S.r.l.", "S.p.A.", "& Figli snc"),
    "PL": ("sp. z o.o.", "S.A.", "sp.j."),
    "NL": ("B.V.", "Groep", "Transport B.V."),
    "BR": ("Ltda", "S/A", "ME", "Comércio EIRELI"),
    "US": ("LLC", "Inc.", "& Sons", "Holdings Corp"),
    "JP": ("K.K.", "Shoji", "Kogyo K.K."),
    "FI": ("Oy", "Ab", "Oyj"),
    "ES": ("S.L.", "S.A.", "e Hijos S.L."),
}
JOBS = {
    "fr": ("Comptable", "Infirmière", "Chef de chantier", "Caissier", "Conducteur PL", "Enseignant", "Retraité"),
    "it": ("Impiegato", "Operaio", "Insegnante", "Avvocato", "Pensionato", "Casalinga", "Magazziniere"),
    "pl": ("Księgowa", "Kierowca", "Nauczyciel", "Magazynier", "Emeryt", "Lekarz"),
    "nl": ("Verpleegkundige", "Chauffeur", "Docent", "Boekhouder", "Monteur", "Gepensioneerd"),
    "pt": ("Professora", "Motorista", "Vendedor", "Enfermeiro", "Autônomo", "Aposentado"),
    "en": ("Welder", "Claims adjuster", "Registered nurse", "Dispatcher", "Retired", "Paralegal", "Line cook"),
    "ja": ("kaishain", "komuin", "jieigyo", "kyoshi", "mushoku", "part"),
    "fi": ("Sairaanhoitaja", "Opettaja", "Kuljettaja", "Eläkeläinen"),
    "es": ("Contable", "Enfermera", "Camarero", "Jubilado", "Electricista"),
}
STREETS = {
    "JP": ("Honcho 1-chome", "Nishi-Azabu 3-chome", "Sakae 2-chome", "Minami 4-jo", "Motomachi 5-chome", "Ekimae-dori"),
}
#: Town, postal code and prefecture.
PLACES = {
    "JP": (
        ("Minato-ku", "106-0031", "Tokyo-to"),
        ("Setagaya-ku", "154-0004", "Tokyo-to"),
        ("Osaka-shi Kita-ku", "530-0001", "Osaka-fu"),
        ("Nagoya-shi Naka-ku", "460-0008", "Aichi-ken"),
        ("Sapporo-shi Chuo-ku", "060-0061", "Hokkaido"),
        ("Yokohama-shi Nishi-ku", "220-0011", "Kanagawa-ken"),
        ("Fukuoka-shi Hakata-ku", "812-0011", "Fukuoka-ken"),
        ("Sendai-shi Aoba-ku", "980-0021", "Miyagi-ken"),
    ),
}

#: Starts of the codes of common conditions; codes and titles are read from a package.
COMMON_CODES = (
    *("A04", "A41", "B02", "B18", "B34", "C18", "C34", "C50", "C61", "C83", "D50", "D64", "E03", "E10", "E11", "E66"),
    *("E78", "E87", "F10", "F20", "F31", "F33", "F41", "F43", "G20", "G35", "G40", "G47", "H25", "H40", "H66", "I10"),
    *("I21", "I25", "I48", "I50", "I63", "I83", "J06", "J18", "J20", "J44", "J45", "K21", "K29", "K35", "K50", "K57"),
    *("K80", "L20", "L40", "M16", "M17", "M25", "M54", "M79", "N17", "N18", "N20", "N39", "N40", "O24", "O42", "R07"),
    *("R10", "R51", "Z12", "Z23", "Z34", "Z79"),
)
#: Code and title of conditions in other languages.
DIAGNOSES: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (
        ("I25.13", "Atherosklerotische Herzkrankheit: Drei-Gefäß-Erkrankung"),
        ("J44.19", "Chronische obstruktive Lungenkrankheit mit akuter Exazerbation"),
        ("S72.10", "Pertrochantäre Fraktur"),
        ("K40.90", "Leistenhernie einseitig, ohne Einklemmung"),
        ("F10.2", "Alkoholabhängigkeitssyndrom"),
        ("M17.1", "Primäre Gonarthrose, einseitig"),
        ("N20.1", "Ureterstein"),
        ("C18.7", "Bösartige Neubildung: Colon sigmoideum"),
        ("I63.4", "Hirninfarkt durch Embolie zerebraler Arterien"),
        ("H26.9", "Katarakt, nicht näher bezeichnet"),
        ("E66.02", "Adipositas Grad III"),
        ("A46", "Erysipel [Wundrose]"),
        ("E03.8", "Sonstige näher bezeichnete Hypothyreose"),
        ("G20.10", "Primäres Parkinson-Syndrom mit mäßiger Beeinträchtigung"),
        ("I50.14", "Linksherzinsuffizienz, NYHA-Stadium IV"),
        ("L89.35", "Dekubitus 4. Grades, Kreuzbein"),
        ("S06.0", "Gehirnerschütterung"),
        ("F41.0", "Panikstörung"),
        ("K57.32", "Divertikulitis des Dickdarmes ohne Perforation"),
        ("O82", "Geburt eines Einlings durch Schnittentbindung"),
        ("J12.8", "Pneumonie durch sonstige Viren"),
        ("C79.3", "Sekundäre bösartige Neubildung des Gehirns und der Hirnhäute"),
    ),
    "fr": (
        ("I50.1", "Insuffisance ventriculaire gauche"),
        ("K35.8", "Appendicite aiguë, autre et non précisée"),
        ("F32.2", "Épisode dépressif sévère sans symptômes psychotiques"),
        ("C34.1", "Tumeur maligne du lobe supérieur, bronches ou poumon"),
        ("M16.1", "Coxarthrose primaire"),
        ("N10", "Néphrite tubulo-interstitielle aiguë"),
        ("J18.1", "Pneumopathie lobaire"),
        ("E10.9", "Diabète sucré de type 1, sans complication"),
        ("O80.0", "Accouchement spontané par présentation du sommet"),
        ("G40.3", "Épilepsie généralisée idiopathique"),
        ("Z51.1", "Séance de chimiothérapie pour tumeur"),
        ("I63.9", "Infarctus cérébral, sans précision"),
        ("K70.3", "Cirrhose alcoolique du foie"),
        ("S82.6", "Fracture de la malléole externe"),
        ("N18.5", "Maladie rénale chronique, stade 5"),
        ("F20.0", "Schizophrénie paranoïde"),
        ("B20.9", "Maladie par VIH avec maladie infectieuse ou parasitaire"),
        ("G30.1", "Maladie d'Alzheimer à début tardif"),
        ("E66.0", "Obésité due à un excès calorique"),
    ),
    "es": (
        ("I64", "Accidente vascular encefálico agudo"),
        ("J21.9", "Bronquiolitis aguda"),
        ("K80.2", "Cálculo de la vesícula biliar sin colecistitis"),
        ("E03.9", "Hipotiroidismo, no especificado"),
        ("F41.1", "Trastorno de ansiedad generalizada"),
        ("C61", "Tumor maligno de la próstata"),
        ("L50.9", "Urticaria"),
        ("M75.1", "Síndrome del manguito rotador"),
        ("B24", "Enfermedad por virus de la inmunodeficiencia humana"),
    ),
    "pt": (
        ("A90", "Dengue clássico"),
        ("I11.9", "Doença cardíaca hipertensiva sem insuficiência cardíaca"),
        ("K29.5", "Gastrite crônica"),
        ("J30.4", "Rinite alérgica"),
        ("F33.1", "Transtorno depressivo recorrente, episódio moderado"),
        ("O14.1", "Pré-eclâmpsia grave"),
        ("S52.5", "Fratura da extremidade distal do rádio"),
        ("A15.0", "Tuberculose pulmonar"),
        ("D25.9", "Leiomioma do útero"),
    ),
    "it": (
        ("428.0", "Insufficienza cardiaca congestizia"),
        ("410.71", "Infarto subendocardico, episodio iniziale"),
        ("820.8", "Frattura del collo del femore"),
        ("486", "Polmonite, agente non specificato"),
        ("574.20", "Calcolosi della colecisti"),
        ("434.91", "Occlusione di arteria cerebrale con infarto"),
        ("174.9", "Tumore maligno della mammella"),
        ("296.30", "Disturbo depressivo maggiore ricorrente"),
    ),
    "nl": (
        ("K90.01", "Diabetes mellitus type 2"),
        ("R96", "Astma"),
        ("P76", "Depressie"),
        ("L03", "Lage rugpijn zonder uitstraling"),
        ("K86", "Essentiële hypertensie"),
        ("U71", "Cystitis"),
        ("S87", "Constitutioneel eczeem"),
        ("N89", "Migraine"),
        ("T90.02", "Diabetes mellitus, insulineafhankelijk"),
        ("X76", "Maligniteit borst vrouw"),
    ),
    "pl": (
        ("I20.0", "Niestabilna dławica piersiowa"),
        ("J15.9", "Bakteryjne zapalenie płuc"),
        ("E11.7", "Cukrzyca insulinoniezależna z licznymi powikłaniami"),
        ("M51.1", "Choroby krążków międzykręgowych z uszkodzeniem korzeni"),
        ("K25.3", "Ostry wrzód żołądka bez krwotoku"),
        ("F20.0", "Schizofrenia paranoidalna"),
        ("N40", "Rozrost gruczołu krokowego"),
    ),
}
#: CPT and HCPCS codes and their text.
CPT = (
    ("27447", "Total knee arthroplasty"),
    ("47562", "Laparoscopic cholecystectomy"),
    ("45378", "Diagnostic colonoscopy"),
    ("66984", "Cataract surgery with IOL insertion"),
    ("59510", "Cesarean delivery, routine obstetric care"),
    ("70553", "MRI brain without and with contrast"),
    ("74177", "CT abdomen and pelvis with contrast"),
    ("99285", "Emergency department visit, high complexity"),
    ("90837", "Psychotherapy, 60 minutes"),
    ("97110", "Therapeutic exercises, 15 min"),
    ("G0439", "Annual wellness visit, subsequent"),
    ("J1885", "Ketorolac tromethamine injection 15 mg"),
    ("36415", "Venipuncture"),
    ("77067", "Screening mammography, bilateral"),
)
#: Procedures and their code in other countries' catalogues: OPS, CCAM, ICD-9-CM.
PROCEDURES: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (
        ("5-820.00", "Implantation einer Totalendoprothese am Hüftgelenk, nicht zementiert"),
        ("5-511.11", "Cholezystektomie, laparoskopisch"),
        ("1-632.0", "Diagnostische Ösophagogastroduodenoskopie"),
        ("8-800.c0", "Transfusion von Erythrozytenkonzentrat"),
        ("5-144.5a", "Extrakapsuläre Extraktion der Linse mit Hinterkammerlinse"),
        ("8-837.00", "Perkutan-transluminale Gefäßintervention am Herzen"),
        ("5-530.33", "Verschluss einer Hernia inguinalis"),
    ),
    "fr": (
        ("HHFA001", "Appendicectomie par abord de la fosse iliaque"),
        ("NEKA020", "Remplacement de l'articulation coxofémorale par prothèse totale"),
        ("BFGA004", "Extraction extracapsulaire du cristallin par phakoémulsification"),
        ("HMFC004", "Cholécystectomie, par cœlioscopie"),
        ("DZQM006", "Échographie-doppler transthoracique du cœur"),
        ("ZBQK002", "Radiographie du thorax"),
        ("HHQE005", "Coloscopie totale avec franchissement de l'orifice iléocolique"),
    ),
    "it": (
        ("81.51", "Sostituzione totale dell'anca"),
        ("51.23", "Colecistectomia laparoscopica"),
        ("00.66", "Angioplastica coronarica percutanea"),
        ("74.1", "Taglio cesareo cervicale basso"),
        ("45.23", "Colonscopia"),
        ("88.72", "Ecografia cardiaca"),
    ),
}
STRENGTHS = (
    "250 mg tab",
    "500 mg",
    "10 mg/mL inj",
    "40 mg cap",
    "5 % cream",
    "100 mg/5 mL susp",
    "20 mg tab",
    "1 g vial",
)
VACCINES = (
    "Influenza, quadrivalent",
    "DTaP-IPV/Hib",
    "MMR II",
    "COVID-19 mRNA, bivalent",
    "Hepatitis B, adult",
    "HPV9",
    "Pneumococcal conjugate PCV20",
    "Varicella",
    "Zoster recombinant",
)
#: Test, LOINC code, unit, lowest and highest value.
TESTS: tuple[tuple[str, str, str, float, float], ...] = (
    ("Sodium SerPl-sCnc", "2951-2", "mmol/L", 128, 148),
    ("C-reactive protein", "1988-5", "mg/L", 0.3, 180),
    ("Ferritin", "2276-4", "ng/mL", 8, 620),
    ("Leukocytes Bld Auto", "6690-2", "10*9/L", 2.1, 19.8),
    ("ALT SerPl-cCnc", "1742-6", "U/L", 9, 210),
    ("Bilirubin total", "1975-2", "umol/L", 3, 70),
    ("INR PPP", "6301-6", "", 0.9, 4.2),
    ("Troponin I HS", "89579-7", "ng/L", 2, 900),
    ("HIV 1+2 Ab+HIV1 p24 Ag", "56888-1", "", 0, 1),
    ("PSA SerPl-mCnc", "2857-1", "ng/mL", 0.1, 18),
    ("Vitamin D 25-OH", "1989-3", "nmol/L", 11, 130),
    ("eGFR CKD-EPI", "98979-8", "mL/min/1.73m2", 12, 110),
)
#: Texts about a person, with a name, a number or an address inside.
NOTES = {
    "en": (
        "spoke w/ {full} re: overdue balance, prefers {phone}",
        "{last} says parcel left with neighbour at {street}",
        "Escalated - {first} {last} ({email}) wants a written apology",
        "Resident {last_first} reported leak, access after 4pm, ring {phone}",
        "Dup of acct for {full}; DOB {dob} matches",
        "Left voicemail for Mrs {last}.",
    ),
    "de": (
        "Herr/Frau {last} wünscht Zustellung an {street}, {city}",
        "Tel. mit {first} {last} ({phone}): zahlt bis Monatsende",
        "Adressänderung {full}: jetzt {street}",
        "Kundin {last} reklamiert Abbuchung, Mail {email}",
    ),
    "fr": (
        "Mme/M. {last} conteste la facture, joindre au {phone}",
        "RDV reporté à la demande de {full}",
        "Nouvelle adresse {first} {last} : {street} {city}",
        "Relance envoyée à {email}",
    ),
    "es": (
        "{full} solicita baja, llamar al {phone}",
        "Entregado a {last} en {street}",
        "Correo de contacto actualizado: {email} ({first})",
    ),
    "it": ("Contattare {full} al {phone} dopo le 18", "Cambio residenza {last}: {street}, {city}"),
    "nl": ("Dhr/mevr {last} belt terug op {phone}", "Verhuisd naar {street}, {city} - {full}"),
    "pl": ("Klient {full} prosi o kontakt: {phone}", "Nowy adres {last}: {street}, {city}"),
    "pt": ("{full} pediu segunda via, whatsapp {phone}", "Mudança p/ {street} - {first} {last}"),
}
#: Clinical notes; some name the person, most name the condition.
CLINICAL = {
    "en": (
        "HPI: {age}yo {sex} c/o {dx}. PMH unremarkable. Plan: start {drug}, RTC 4 wks.",
        "{last}, {first} seen in ED. Impression: {dx}. Discharged home on {drug}.",
        "Pt tolerating {drug} well. {dx} improving, no SOB, no fever.",
        "A/P: {dx} - continue current regimen. Discussed with daughter.",
        "IMPRESSION: No acute abnormality. Hx of {dx}.",
        "Social work consult for Ms {last}; lives alone at {street}. Dx {dx}.",
    ),
    "de": (
        "Aufnahme bei {dx}. Unter {drug} Besserung, Entlassung in gutem AZ.",
        "Pat. {last}, {first} ({age} J.), bekannte {dx}. Weiter mit {drug}.",
        "Befund: {dx}. Procedere: Kontrolle beim Hausarzt.",
    ),
    "fr": (
        "Patient de {age} ans hospitalisé pour {dx}. Sous {drug}, évolution favorable.",
        "{last} {first} : {dx}. Sortie à domicile, ordonnance {drug}.",
        "CR opératoire : suites simples. ATCD {dx}.",
    ),
    "it": (
        "Paziente di {age} anni, diagnosi: {dx}. Terapia: {drug}.",
        "{last} {first}, ricoverato per {dx}. Dimesso in buone condizioni.",
    ),
    "es": ("Acude por {dx}. Se pauta {drug}. Control en 15 días.", "{full}, {age} años, {dx} en seguimiento."),
    "nl": (
        "S: klachten passend bij {dx}. P: {drug}, terug bij geen verbetering.",
        "Mw/dhr {last}: {dx}, start {drug}.",
    ),
    "pt": ("Paciente {first}, {age}a, com {dx}. Prescrito {drug}.", "Evolui bem de {dx}. Mantém {drug}."),
}
PSYCHIATRIC = (
    "MSE: mood low, affect blunted, passive SI without plan. Continues {drug}.",
    "{first} reports panic attacks 3x/week since separation. PHQ-9 18.",
    "Client {last} missed session; mother called, relapse on alcohol suspected.",
    "Group therapy: engaged, discussed trauma history. Dx {dx}.",
)
#: Texts that hold nothing about a person.
HARMLESS = {
    "en": (
        "Pallet 4 of 6 short shipped, credit note to follow",
        "Firmware flashed, passed burn-in",
        "Torque checked per SOP-114",
        "waiting on parts",
        "Rate locked through Q3",
        "Replaced filter, no further action",
        "see change request for rollback steps",
    ),
    "de": ("Ware unvollständig, Nachlieferung KW 32", "Wartung gem. Plan erledigt", "Preis lt. Rahmenvertrag"),
    "fr": ("Livraison partielle, reliquat semaine 32", "Maintenance préventive effectuée", "Prix selon contrat cadre"),
    "es": ("Entrega parcial, resto pendiente", "Revisión periódica sin incidencias", "Según tarifa vigente"),
    "it": ("Consegna parziale, saldo a seguire", "Manutenzione ordinaria eseguita", "Prezzo da listino"),
    "nl": ("Deellevering, rest volgt in week 32", "Onderhoud uitgevoerd volgens schema", "Prijs conform raamcontract"),
    "pl": ("Dostawa częściowa, reszta w drodze", "Przegląd okresowy wykonany", "Cena wg umowy ramowej"),
    "pt": ("Entrega parcial, saldo a enviar", "Manutenção preventiva feita", "Preço conforme contrato"),
    "ja": ("bubun nohin, zan wa raishu", "teiki tenken kanryo", "kakaku wa keiyaku dori"),
}
PRODUCTS = (
    *("M8x40 hex bolt A2", "PTFE tape 12mm", "Espresso beans dark 1kg", "LED panel 60x60 40W", "Brake pad set front"),
    *(
        "HDMI cable 2m",
        "Oat drink barista 1L",
        "Office chair Volta",
        "Safety boots S3",
        "Toner 12A black",
        "Garden hose 25m",
    ),
    *("Polo shirt navy L", "Router AX3000", "Dishwasher tabs 60", "Mountain tyre 29x2.2", "Cordless drill 18V"),
)
