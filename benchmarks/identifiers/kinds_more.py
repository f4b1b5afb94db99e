"""Which identifiers are right for the kinds of the later parts, by the meaning of the number and the names of identifiers alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher

ENTITIES = {
    "AU_ABN": "AU_ABN", "AU_ACN": "AU_ACN", "AU_MEDICARE": "AU_MEDICARE", "AU_TFN": "AU_TFN",
    "AU_BANK_ACCOUNT": "AU_BANK_ACCOUNT BANK_ACCOUNT", "CA_POSTAL_CODE": "POSTAL_CODE", "CA_SIN": "CA_SIN",
    "FI_PERSONAL_IDENTITY_CODE": "FI_HETU", "DE_FUEHRERSCHEIN": "DE_DRIVERS_LICENSE DRIVERS_LICENSE",
    "DE_HANDELSREGISTER": "DE_HANDELSREGISTERNUMMER", "DE_HEALTH_INSURANCE": "DE_KVNR", "DE_ID_CARD": "DE_ID_CARD",
    "DE_KFZ": "LICENSE_PLATE", "DE_PASSPORT": "DE_PASSPORT PASSPORT", "DE_PLZ": "POSTAL_CODE",
    "DE_TAX_ID": "DE_IDNR", "DE_TAX_NUMBER": "DE_STNR", "DE_VAT_ID": "DE_VAT EU_VAT", "IN_AADHAAR": "IN_AADHAAR",
    "IN_GSTIN": "IN_GSTIN", "IN_PAN": "IN_PAN", "IN_PASSPORT": "IN_PASSPORT PASSPORT",
    "IN_VEHICLE_REGISTRATION": "LICENSE_PLATE", "IN_VOTER": "IN_EPIC", "IT_DRIVER_LICENSE": "DRIVERS_LICENSE",
    "IT_FISCAL_CODE": "IT_CODICE_FISCALE", "IT_IDENTITY_CARD": "IT_ID_CARD", "IT_PASSPORT": "IT_PASSPORT PASSPORT",
    "IT_VAT_CODE": "IT_IVA", "KR_BRN": "KR_BRN", "KR_DRIVER_LICENSE": "DRIVERS_LICENSE", "KR_PASSPORT": "PASSPORT",
    "KR_RRN": "KR_RRN", "NG_VEHICLE_REGISTRATION": "LICENSE_PLATE", "PH_PASSPORT": "PASSPORT", "PH_UMID": "PH_UMID",
    "PL_PESEL": "PL_PESEL", "SG_NRIC_FIN": "SG_NRIC", "SG_UEN": "SG_UEN", "ZA_DRIVER_LICENSE": "DRIVERS_LICENSE",
    "ZA_ID_NUMBER": "ZA_IDNR", "ZA_INCOME_TAX_NUMBER": "ZA_TIN", "ZA_LICENSE_PLATE": "LICENSE_PLATE",
    "ZA_PASSPORT": "PASSPORT", "ZA_VAT_NUMBER": "ZA_TIN", "ES_NIF": "ES_DNI ES_NIF",
    "ES_PASSPORT": "ES_PASSPORT PASSPORT", "SE_ORGANISATIONSNUMMER": "SE_ORGNR", "SE_PERSONNUMMER": "SE_PERSONNUMMER",
    "TH_TNIN": "TH_PIN", "TR_LICENSE_PLATE": "LICENSE_PLATE", "TR_NATIONAL_ID": "TR_TCKIMLIK",
    "UK_DRIVING_LICENCE": "DRIVERS_LICENSE", "UK_NHS": "GB_NHS", "UK_NINO": "GB_NINO",
    "UK_PASSPORT": "GB_PASSPORT PASSPORT", "UK_POSTCODE": "POSTAL_CODE", "UK_VEHICLE_REGISTRATION": "LICENSE_PLATE",
    "ABA_ROUTING_NUMBER": "ROUTING_NUMBER", "MEDICAL_LICENSE": "DEA_NUMBER", "US_BANK_NUMBER": "BANK_ACCOUNT",
    "US_DRIVER_LICENSE": "US_DRIVERS_LICENSE DRIVERS_LICENSE", "US_HEALTH_INSURANCE_MEMBER_ID": "HEALTH_INSURANCE_ID",
    "US_ITIN": "ITIN", "US_MBI": "MEDICARE_MBI", "US_NPI": "NPI", "US_PASSPORT": "US_PASSPORT PASSPORT", "US_SSN": "SSN",
    "US_PROVIDER_TAX_ID": "EIN",
}  # fmt: skip
"""What Presidio's recognizers and their tests call a value."""
BRAZIL = {
    "cep": "POSTAL_CODE", "cnh": "BR_CNH", "cnpj": "BR_CNPJ", "cns": "BR_CNS", "cpf": "BR_CPF", "pis": "BR_PIS",
    "credit-card": "CREDIT_CARD", "iban": "IBAN", "license-plate": "LICENSE_PLATE", "phone": "PHONE", "vin": "VEHICLE_ID",
    "mobile-phone": "PHONE", "landline-phone": "PHONE", "voter-id": "BR_TITULO_ELEITOR", "passport": "PASSPORT",
}  # fmt: skip
OPENREDACTION = {
    "PASSPORT_UK": "GB_PASSPORT PASSPORT", "DEA_NUMBER": "DEA_NUMBER", "STUDENT_ID": "STUDENT_ID",
    "IMMIGRATION_NUMBER": "US_ALIEN_NUMBER", "VIETNAM_CCCD": "VN_CCCD", "HUNGARIAN_TAX_ID": "HU_TAX_ID",
    "URUGUAY_CEDULA": "UY_CI", "SIM_CARD_NUMBER": "ICCID", "QATAR_ID": "QA_QID", "SAUDI_NATIONAL_ID": "SA_NATIONAL_ID",
    "RUSSIAN_PASSPORT": "RU_PASSPORT PASSPORT", "DRIVING_LICENSE_US": "US_DRIVERS_LICENSE DRIVERS_LICENSE",
    "TSA_PRECHECK_NUMBER": "KNOWN_TRAVELER_NUMBER", "MYANMAR_NRC": "MM_NRC", "VENEZUELA_CEDULA": "VE_CEDULA",
    "NEW_ZEALAND_PASSPORT": "NZ_PASSPORT PASSPORT", "NEW_ZEALAND_DRIVER_LICENSE": "NZ_DRIVERS_LICENSE DRIVERS_LICENSE",
    "UKRAINIAN_PASSPORT": "UA_PASSPORT PASSPORT", "UZBEKISTAN_PASSPORT": "UZ_PASSPORT PASSPORT",
}  # fmt: skip
"""What the patterns of openredaction call a value; those of other kinds are not made."""
LATER = {
    "baseten", "blynk", "coderabbit", "customerio", "dependency_track", "dtrack", "django", "particleio", "pixie", "pyx",
    "saucelabs", "stackhawk", "teamcity", "thingsboard", "truenas",
}  # fmt: skip
"""Rules of kingfisher 1.112 whose identifiers came after its other examples were taken."""
FIELDS = {
    "ARCBUField": "AR_CBU", "ARCUITField": "AR_CUIT", "ARDNIField": "AR_DNI", "ATSocialSecurityNumberField": "AT_VNR",
    "BICFormField": "SWIFT_BIC", "BRCNPJField": "BR_CNPJ", "BRCPFField": "BR_CPF", "CASocialInsuranceNumberField": "CA_SIN",
    "CHSocialSecurityNumberField": "CH_SSN", "CHIdentityCardNumberField": "NATIONAL_ID PASSPORT", "CLRutField": "CL_RUT",
    "CNIDCardField": "CN_RIC", "CONITField": "CO_NIT", "CUIdentityCardNumberField": "CU_NI",
    "CZBirthNumberField": "CZ_RC SK_RC", "CZICNumberField": "CZ_DIC", "DEIdentityCardNumberField": "DE_ID_CARD",
    "EGNationalIDNumberField": "EG_NATIONAL_ID", "ESCCCField": "ES_CCC BANK_ACCOUNT",
    "ESIdentityCardNumberField": "ES_NIF ES_DNI ES_NIE ES_CIF", "FRSIRENField": "FR_SIREN", "FRSIRETField": "FR_SIRET",
    "GRSocialSecurityNumberCodeField": "GR_AMKA", "GRTaxNumberCodeField": "GR_VAT", "HRJMBGField": "RS_JMBG",
    "HRLicensePlateField": "LICENSE_PLATE", "HROIBField": "HR_OIB", "IBANFormField": "IBAN",
    "IDLicensePlateField": "LICENSE_PLATE", "IDNationalIdentityNumberField": "ID_NIK", "ILIDNumberField": "IL_IDNR",
    "INAadhaarNumberField": "IN_AADHAAR", "INPANCardNumberFormField": "IN_PAN", "IRIDNumberField": "IR_NATIONAL_CODE",
    "ISIdNumberField": "IS_KENNITALA", "ITSocialSecurityNumberField": "IT_CODICE_FISCALE", "ITVatNumberField": "IT_IVA",
    "KWCivilIDNumberField": "KW_CIVIL_ID", "LTIDCodeField": "LT_ASMENS", "LVPersonalCodeField": "LV_PERSONAS_KODS",
    "MXCLABEField": "CLABE", "MXCURPField": "MX_CURP", "MXRFCField": "MX_RFC", "MyKadFormField": "MY_NRIC",
    "NZBankAccountNumberField": "NZ_BANKACCOUNT BANK_ACCOUNT", "PLNIPField": "PL_NIP", "PLPESELField": "PL_PESEL",
    "PLNationalIDCardNumberField": "PL_ID_CARD", "PLREGONField": "PL_REGON", "PTCitizenCardNumberField": "PT_CC",
    "ROCIFField": "RO_CF RO_CUI", "ROCNPField": "RO_CNP", "RUPassportNumberField": "RU_PASSPORT",
    "RUAlienPassportNumberField": "RU_PASSPORT PASSPORT", "SEOrganisationNumberField": "SE_ORGNR",
    "SEPersonalIdentityNumberField": "SE_PERSONNUMMER", "SGNRICFINField": "SG_NRIC", "SIEMSOField": "SI_EMSO RS_JMBG",
    "SITaxNumberField": "SI_DDV", "UMCNField": "RS_JMBG SI_EMSO", "UYCIField": "UY_CI", "ZAIDField": "ZA_IDNR",
    "MKIdentityCardNumberField": "NATIONAL_ID", "UAVatNumberField": "UA_EDRPOU UA_RNTRC", "EircodeField": "POSTAL_CODE",
}  # fmt: skip
"""Fields of django-localflavor; those of postal codes end alike."""
MADE = {
    "person.fullName": "PERSON_NAME", "phone.number": "PHONE", "internet.email": "EMAIL", "location.zipCode": "POSTAL_CODE",
    "finance.iban": "IBAN", "finance.bic": "SWIFT_BIC", "finance.creditCardNumber": "CREDIT_CARD",
    "finance.routingNumber": "ROUTING_NUMBER", "finance.bitcoinAddress": "CRYPTO_WALLET",
    "finance.ethereumAddress": "CRYPTO_WALLET", "internet.mac": "MAC_ADDRESS", "internet.ipv4": "IP_ADDRESS",
    "internet.userAgent": "USER_AGENT", "phone.imei": "IMEI", "vehicle.vin": "VEHICLE_ID",
    "td1": "MRZ_ID_CARD", "td2": "MRZ_ID_CARD", "td3": "PASSPORT_MRZ PASSPORT", "mrva": "MRZ_VISA", "mrvb": "MRZ_VISA",
    "CPF": "BR_CPF", "CNPJ": "BR_CNPJ", "CNH": "BR_CNH", "CNS": "BR_CNS", "PIS": "BR_PIS",
    "TituloEleitoral": "BR_TITULO_ELEITOR",
}  # fmt: skip
"""What faker-js, mrz and validate-docbr make."""
HARMLESS_MORE = frozenset(("localflavor:invalid", "faker-js:commerce.isbn", "faker-js:string.uuid"))
"""Input that a maker's own tests call invalid, and numbers of things."""
_TITLED = {
    "DIGITAL": "DIGITALOCEAN", "HUGGING": "HUGGINGFACE", "HASHICORP": "TERRAFORM", "X": "XAI", "GOOGLE": "GOOGLE", "FLY": "FLYIO",
    "AMAZON": "BEDROCK", "JFROG": "ARTIFACTORY", "JIRA": "", "SONARQUBE": "SONAR", "1PASSWORD": "ONEPASSWORD",
    "PAYPAL": "BRAINTREE", "WEIGHTS": "WANDB", "JSON": "JWT", "JWT": "JWT", "GCP": "GOOGLE_API", "TEAMS": "TEAMS", "LLAMA": "",
    "AZURE": "AZURE", "TENCENT": "", "FIREBASE": "", "ETHEREUM": "", "BITCOIN": "", "CREDIT": "CREDIT_CARD",
}  # fmt: skip
_BY_NAME = {
    "Basic Authorization": "BASIC_AUTH_HEADER", "basic_auth_header": "BASIC_AUTH_HEADER", "Docker Swarm Key": "DOCKER_SWARM_UNLOCK_KEY",
    "Bearer Authorization": "BEARER_TOKEN JWT", "bearer_token": "BEARER_TOKEN JWT", "Docker Access Token": "DOCKERHUB_TOKEN",
    "aws_bedrock_long_lived_key": "BEDROCK_API_KEY", "aws_bedrock_short_lived_key": "BEDROCK_API_KEY",
    "AWS MWS Key": "AWS_MWS_KEY", "Age Secret Key": "AGE_SECRET_KEY", "JSON Web Key": "JWK_PRIVATE_KEY",
    "Azure Storage Account Key": "AZURE_CONNECTION_STRING", "azure_storage_key": "AZURE_CONNECTION_STRING",
    "Hashicorp Vault Token": "VAULT_TOKEN", "Discord Webhook": "DISCORD_WEBHOOK", "Slack Webhook": "SLACK_WEBHOOK",
    "Together AI API Key": "TOGETHER_KEY", "X App-Only Authentication Bearer Token": "TWITTER_BEARER_TOKEN",
    "Bitbucket App Password": "ATLASSIAN_TOKEN", "bitbucket_app_password": "ATLASSIAN_TOKEN", "Atlassian PAT token": "ATLASSIAN_TOKEN",
    "Bitbucket Repository Access Token": "ATLASSIAN_TOKEN", "OTP / 2FA Secret": "TOTP_SECRET", "credit_card_number": "CREDIT_CARD",
    "mongodb_connection_string": "DB_CONNECTION_STRING", "mysql_connection_string": "DB_CONNECTION_STRING",
    "postgres_connection_string": "DB_CONNECTION_STRING", "redis_connection_string": "DB_CONNECTION_STRING",
    "password_in_url": "BASIC_AUTH_URL", "weights_and_biases_v1_key": "WANDB_KEY", "stripe_live_publishable_key": "",
    "twilio_account_sid": "", "AWS S3 Bucket": "", "AWS AppSync GraphQL API Key": "", "Facebook App Token": "", "generic_api_key_env": "",
    "URL Credentials": "", "SQL Password": "", "aws_access_key": "AWS_ACCESS_KEY", "AWS Client ID": "AWS_ACCESS_KEY",
}  # fmt: skip
_DATABASES = "DB_CONNECTION_STRING PASSWORD BASIC_AUTH_URL"
_OWN = {
    "dtrack": "DEPENDENCY_TRACK_KEY", "particleio": "PARTICLE_TOKEN",
    "adafruitio": "ADAFRUIT_IO_KEY", "ai21studio": "AI21_KEY", "alibabacloud": "ALIBABA_ACCESS_KEY ALIBABA_SECRET",
    "amazonmws": "AWS_MWS_KEY", "age": "AGE_SECRET_KEY", "azureopenai": "AZURE_OPENAI_KEY",
    "azurestorage": "AZURE_CONNECTION_STRING", "azurecosmosdb": "AZURE_CONNECTION_STRING",
    "azurefunctionkey": "AZURE_FUNCTION_KEY", "azuresastoken": "AZURE_SAS_TOKEN", "azuresql": _DATABASES,
    "azuredevops": "AZURE_DEVOPS_TOKEN", "bip39": "BIP39_PHRASE", "blockprotocol": "BLOCK_PROTOCOL_KEY",
    "braintree": "BRAINTREE_TOKEN", "builderio": "BUILDER_IO_KEY", "ciscomeraki": "MERAKI_KEY", "cisco": "",
    "closecrm": "CLOSE_KEY", "cratesio": "CRATES_IO_TOKEN", "datastax": "ASTRA_TOKEN", "drone": "DRONE_CI_TOKEN",
    "gcnotify": "GC_NOTIFY_KEY", "google": "GOOGLE_API_KEY GOOGLE_OAUTH_SECRET GCP_SERVICE_ACCOUNT",
    "hashicorp": "TERRAFORM_CLOUD_TOKEN VAULT_TOKEN HCP_CLIENT_SECRET", "hunterio": "HUNTER_KEY", "jwt": "JWT",
    "ibm": "IBM_CLOUD_KEY", "jfrog": "ARTIFACTORY_KEY", "langchain": "LANGSMITH_KEY", "line": "", "scale": "",
    "llamacloud": "LLAMA_CLOUD_KEY", "microsoftteamswebhook": "TEAMS_WEBHOOK", "msteams": "TEAMS_WEBHOOK",
    "mongodb": "MONGODB_ATLAS_SECRET DB_CONNECTION_STRING", "netrc": "PASSWORD", "pem": "PRIVATE_KEY",
    "privkey": "PRIVATE_KEY", "pwhash": "PASSWORD_HASH", "sonarqube": "SONAR_TOKEN", "sonarcloud": "SONAR_TOKEN",
    "uri": "BASIC_AUTH_URL DB_CONNECTION_STRING", "viewstate": "ASPNET_MACHINE_KEY", "zhipu": "ZAI_KEY",
    "definednetworking": "DEFINED_NETWORKING_KEY", "redirectpizza": "REDIRECT_PIZZA_TOKEN", "retellai": "RETELL_KEY",
    "stabilityai": "STABILITY_KEY", "valtown": "VAL_TOWN_TOKEN", "zohocrm": "ZOHO_TOKEN ZOHO_SECRET",
    "octopusdeploy": "OCTOPUS_KEY", "1password": "ONEPASSWORD_TOKEN", "sumologic": "SUMOLOGIC_KEY SUMOLOGIC_ID",
    "tencent": "TENCENT_SECRET_ID", "newrelic": "NEWRELIC_KEY NEWRELIC_LEGACY_KEY", "kubernetes": "",
    "odbc": _DATABASES, "jdbc": _DATABASES, "postgres": _DATABASES, "mysql": _DATABASES, "mariadb": _DATABASES,
    "mssql": _DATABASES, "redis": _DATABASES, "rabbitmq": _DATABASES, "dbconn": _DATABASES, "generic": "",
    "truenas": "", "http": "", "aws": "AWS_ACCESS_KEY AWS_SECRET_KEY AWS_SESSION_TOKEN BEDROCK_API_KEY AWS_MWS_KEY",
}  # fmt: skip
"""Identifiers by the provider's part of a rule's id, where names are not spelled alike; empty where none stands for it."""
_RULES = {
    "auth.1": "BASIC_AUTH_HEADER", "auth.2": "BEARER_TOKEN", "artifactory.4": "BASIC_AUTH_HEADER ARTIFACTORY_KEY",
    "docker.1": "BASIC_AUTH_HEADER DOCKER_CONFIG", "docker.2": "DOCKER_SWARM_TOKEN", "docker.3": "DOCKER_SWARM_UNLOCK_KEY",
    "discord.1": "DISCORD_WEBHOOK", "slack.4": "SLACK_WEBHOOK", "gitlab.15": "SESSION_COOKIE",
    "azure.2": "AZURE_CONNECTION_STRING", "coinbase.2": "PRIVATE_KEY", "mongodb.3": _DATABASES,
    "azure.devops.2": "AZURE_DEVOPS_TOKEN", "azure.3": "AZURE_DEVOPS_TOKEN", "azure.10": "JWT",
    "atlassian.6": "", "checkout.2": "CHECKOUT_COM_KEY", "blynk.2": "BEARER_TOKEN", "blynk.3": "BEARER_TOKEN",
    "bitbucket.5": "ATLASSIAN_TOKEN", "gcp.4": "GOOGLE_API_KEY", "gcp.1": "GCP_SERVICE_ACCOUNT PRIVATE_KEY",
    "azure.notificationhub.4": "AZURE_CONNECTION_STRING", "snowflake.1": _DATABASES, "snowflake.2": "SNOWFLAKE_TOKEN",
}  # fmt: skip
_NO_SECRET = re.compile(
    r"(?i)\b(?:client|app|application|account|product|team|tenant|user|organi[sz]ation|project|bot|site|api|sid) ids?\b|"
    r"username|\bur[li]\b|domain|\bhost\b|email|publi(?:c|sh)|recipient|indicator|namespace|\bname\b|organization$|address|"
    r"region|helper|webhook indicator|account sid|stock api|client-side|subscription key|tokenization"
)
"""Rules of what is no credential by itself: ids, hosts, public keys."""


def right_more(kind: str, names: Collection[str]) -> tuple[str, ...] | None:
    """The identifiers that are right for a kind of the later parts; `None` where nothing was decided."""
    maker, _, rest = kind.partition(":")
    if maker == "kingfisher-1":
        return _provider(rest, names)
    if kind in HARMLESS_MORE:
        return ()
    if maker in ("credsweeper", "classifinder"):
        return _titled(rest, names)
    if maker == "localflavor" and re.search(r"(?:Post(?:al)?|Zip)_?[cC]ode", rest):
        return ("POSTAL_CODE",)
    table = {
        "presidio-analyzer": ENTITIES,
        "presidio-tests": ENTITIES,
        "brazilian-utils": BRAZIL,
        "openredaction": OPENREDACTION,
        "localflavor": FIELDS,
    }.get(maker, MADE if maker in ("faker-js", "mrz", "validate-docbr") else {})
    return tuple(name for name in table.get(rest, "").split() if name in names) or None


def _titled(title: str, names: Collection[str]) -> tuple[str, ...] | None:
    """`Figma Personal Access Token` and `figma_pat`: the identifiers of the provider that the first word names."""
    if title in _BY_NAME:
        return tuple(name for name in _BY_NAME[title].split() if name in names) or None
    told = title.upper().replace(" ", "_").replace("-", "_")
    first = told.partition("_")[0]
    provider = _TITLED.get(first, first)
    found = [name for name in names if name == provider or name.startswith(f"{provider}_")] if provider else []
    return tuple(sorted(found, key=lambda name: (-SequenceMatcher(None, name, told).ratio(), name))) or None


def _provider(rest: str, names: Collection[str]) -> tuple[str, ...] | None:
    """`aws.2 AWS Secret Access Key`: the provider's identifiers, the one nearest by name first."""
    rule, _, title = rest.partition(" ")
    if rule in _RULES:
        return tuple(name for name in _RULES[rule].split() if name in names) or None
    if _NO_SECRET.search(title):
        return None
    provider = rule.partition(".")[0]
    if provider in _OWN:
        found = [name for name in _OWN[provider].split() if name in names]
    else:
        found = [name for name in names if name.startswith(f"{provider.upper()}_")]
    told = title.upper().replace(" ", "_").replace("API_", "")
    return tuple(sorted(found, key=lambda name: (-SequenceMatcher(None, name, told).ratio(), name))) or None
