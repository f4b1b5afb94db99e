"""The identifiers that a scanner of this kind has at least: what the whole set's speed is compared with."""

from __future__ import annotations

from assay.detect.cache import read_all
from assay.folders import user_folder
from assay.model import Stage

FLOOR = frozenset(
    [
        "SSN",
        "EMAIL",
        "PHONE",
        "PERSON_NAME",
        "ADDRESS",
        "DOB",
        "DRIVERS_LICENSE",
        "US_DRIVERS_LICENSE",
        "PASSPORT",
        "NATIONAL_ID",
        "IP_ADDRESS",
        "MAC_ADDRESS",
        "GEO_COORDINATES",
        "VEHICLE_ID",
        "MRN",
        "ICD_CODE",
        "NDC",
        "HEALTH_INSURANCE_ID",
        "MEDICARE_MBI",
        "NPI",
        "DEA_NUMBER",
        "CREDIT_CARD",
        "CVV",
        "CARD_TRACK_DATA",
        "BANK_ACCOUNT",
        "ROUTING_NUMBER",
        "IBAN",
        "SWIFT_BIC",
        "CRYPTO_WALLET",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "PRIVATE_KEY",
        "API_KEY",
        "JWT",
        "GITHUB_TOKEN",
        "SLACK_TOKEN",
        "GOOGLE_API_KEY",
        "AZURE_CONNECTION_STRING",
        "DB_CONNECTION_STRING",
        "PASSWORD",
        "GITLAB_TOKEN",
        "STRIPE_KEY",
        "TWILIO_KEY",
        "SENDGRID_KEY",
        "NPM_TOKEN",
        "PYPI_TOKEN",
        "OPENAI_KEY",
        "ANTHROPIC_KEY",
        "HUGGINGFACE_TOKEN",
        "DATABRICKS_TOKEN",
        "SNOWFLAKE_TOKEN",
        "VAULT_TOKEN",
        "DIGITALOCEAN_TOKEN",
        "SHOPIFY_TOKEN",
        "TELEGRAM_TOKEN",
        "DISCORD_TOKEN",
    ]
)


def floor() -> list[str]:
    """Their names, with every national number that python-stdnum checks."""
    found, _ = read_all((), cache=user_folder("cache"), builtin=True, examples=False)
    return sorted(
        item.name
        for item in found
        if item.stage is not Stage.PREVIEW
        and (
            item.name in FLOOR
            or any(check.startswith("stdnum.") for pattern in item.patterns for check, _ in pattern.validators)
        )
    )


def options() -> tuple[str, ...]:
    """What `assay scan` is given to look for these alone."""
    return tuple(word for name in floor() for word in ("--identifier", name))
