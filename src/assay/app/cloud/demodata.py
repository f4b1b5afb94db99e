"""An AWS account with made-up data, in an emulator: people who do not exist, and numbers that are nobody's on purpose."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

REGION = "eu-west-1"
BUCKETS = ("demo-exports", "demo-website")
TABLE, TOPIC, QUEUE, MAIL = "demo-customers", "demo-stewards", "demo-intake", "demo-mailbox"
_GIVEN = "Amara Bruno Chiara Dmitri Elif Farid Greta Hiro Ines Jonas Kwame Lucia Mateo Nadia Oskar Priya".split()  # noqa: SIM905
_FAMILY = "Okafor Lindqvist Moreau Petrov Yilmaz Haddad Schreiber Tanaka Carvalho Novak Mensah Romano Silva".split()  # noqa: SIM905


@dataclass(frozen=True, kw_only=True)
class Account:
    """What was made: where events come to, and where notifications do."""

    queue_url: str
    queue_arn: str
    mail_url: str
    topic_arn: str


class Clients:
    """Clients of the emulator, by service."""

    def __init__(self, session: Any, url: str) -> None:
        self._session = session
        self._url = url

    def of(self, service: str) -> Any:
        return self._session.client(service, region_name=REGION, endpoint_url=self._url)


def make_account(clients: Clients) -> Account:
    """Buckets, a table, a queue that takes the events of buckets, a topic with a mailbox, and Security Hub; no object yet."""
    s3, sqs, sns = clients.of("s3"), clients.of("sqs"), clients.of("sns")
    for name in BUCKETS:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    queue_url, queue_arn = _queue(sqs, QUEUE)
    mail_url, mail_arn = _queue(sqs, MAIL)
    topic = sns.create_topic(Name=TOPIC)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=mail_arn, Attributes={"RawMessageDelivery": "true"})
    clients.of("securityhub").enable_security_hub()
    table = clients.of("dynamodb")
    table.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number, (name, mail, ssn) in enumerate(_people(5)):
        item = {"id": {"S": str(number)}, "name": {"S": name}, "email": {"S": mail}, "ssn": {"S": ssn}}
        table.put_item(TableName=TABLE, Item=item)
    return Account(queue_url=queue_url, queue_arn=queue_arn, mail_url=mail_url, topic_arn=topic)


def _queue(sqs: Any, name: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"]}
    statement = {"Effect": "Allow", "Principal": allowed, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def objects() -> Iterator[tuple[str, str, bytes]]:
    """Bucket, key and content of what arrives."""
    people = list(_people(40))
    rows = "\n".join(f'{number},"{name}",{mail},{ssn}' for number, (name, mail, ssn) in enumerate(people, start=1))
    yield "demo-exports", "crm/customers 2026.csv", f"id,name,email,ssn\n{rows}\n".encode()
    mails = "\n".join(
        f"2026-11-0{number % 9 + 1}T10:00:00Z INFO newsletter sent to {mail}"
        for number, (_, mail, _) in enumerate(people)
    )
    yield "demo-exports", "logs/mailer.log", f"{mails}\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config/.env", "AWS_ACCESS_KEY_ID=AKIA" + _key() + "\nREGION=eu-west-1\n")
    yield "demo-exports", "backup/site.zip", packed.getvalue()
    yield "demo-website", "index.html", b"<html><body><h1>Opening hours</h1><p>Nine to five.</p></body></html>\n"
    yield "demo-website", "prices.csv", b"product,price\nchair,49.90\ntable,120.00\n"


def _people(number: int) -> Iterator[tuple[str, str, str]]:
    dice = random.Random(2026)
    for _ in range(number):
        given, family = dice.choice(_GIVEN), dice.choice(_FAMILY)
        mail = f"{given}.{family}{dice.randrange(100)}@demo-mail.net".lower()
        yield (
            f"{given} {family}",
            mail,
            f"{dice.randrange(100, 660)}-{dice.randrange(10, 99)}-{dice.randrange(1000, 9999)}",
        )


def _key() -> str:
    dice = random.Random(7)
    return "".join(dice.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
