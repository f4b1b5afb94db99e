"""Which identifiers of ours stand for the plugins of detect-secrets."""

from __future__ import annotations

PLUGINS: dict[str, tuple[str, ...]] = {
    "ArtifactoryDetector": ("ARTIFACTORY_KEY",),
    "AWSKeyDetector": ("AWS_ACCESS_KEY", "AWS_SECRET_KEY"),
    "AzureStorageKeyDetector": ("AZURE_CONNECTION_STRING",),
    "Base64HighEntropyString": ("API_KEY",),
    "HexHighEntropyString": ("API_KEY",),
    "BasicAuthDetector": ("BASIC_AUTH_URL", "DB_CONNECTION_STRING"),
    "DiscordBotTokenDetector": ("DISCORD_TOKEN",),
    "GitHubTokenDetector": ("GITHUB_TOKEN",),
    "GitLabTokenDetector": ("GITLAB_TOKEN",),
    "IPPublicDetector": ("IP_ADDRESS",),
    "IbmCloudIamDetector": ("IBM_CLOUD_KEY",),
    "JwtTokenDetector": ("JWT",),
    "KeywordDetector": ("PASSWORD", "API_KEY"),
    "MailchimpDetector": ("MAILCHIMP_KEY",),
    "NpmDetector": ("NPM_TOKEN",),
    "OpenAIDetector": ("OPENAI_KEY",),
    "PrivateKeyDetector": ("PRIVATE_KEY",),
    "PypiTokenDetector": ("PYPI_TOKEN",),
    "SendGridDetector": ("SENDGRID_KEY",),
    "SlackDetector": ("SLACK_TOKEN", "SLACK_WEBHOOK"),
    "SquareOAuthDetector": ("SQUARE_TOKEN",),
    "StripeDetector": ("STRIPE_KEY",),
    "TelegramBotTokenDetector": ("TELEGRAM_TOKEN",),
    "TwilioKeyDetector": ("TWILIO_KEY",),
}
