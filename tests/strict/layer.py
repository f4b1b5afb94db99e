"""The layer itself: each request passes checks and injections before the emulator sees it, and is kept in a log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from strict import (
    analyzer,
    backups,
    buckets,
    clusters,
    databases,
    datacatalog,
    elastic,
    events,
    evidence,
    identities,
    injections,
    kinesis,
    kms,
    limits,
    macie,
    macieanswers,
    modelled,
    policies,
    rds,
    recognition,
    replacements,
    s3,
    state,
    tables,
    tags,
    trails,
    volumes,
    watching,
)
from strict.answers import Answer, RefusedError, forwarded, refused
from strict.injections import Injection, Injections, Result
from strict.log import Call, Calls
from strict.pages import Pages
from strict.recognised import Application, Environ, Request, recognised
from strict.state import State

Check = Callable[[Request, State], None]
# How the emulator says that it does not have something, in HTML.
_NOT_THERE = (404, 405, 501)

CHECKS: tuple[dict[str, Check], ...] = (
    tags.CHECKS,
    s3.CHECKS,
    buckets.CHECKS,
    kms.CHECKS,
    limits.CHECKS,
    tables.CHECKS,
    events.CHECKS,
    macie.CHECKS,
    rds.CHECKS,
    databases.CHECKS,
    kinesis.CHECKS,
    datacatalog.CHECKS,
    backups.CHECKS,
    identities.CHECKS,
    policies.CHECKS,
    trails.CHECKS,
    recognition.CHECKS,
    replacements.CHECKS,
    clusters.CHECKS,
    evidence.CHECKS,
    volumes.CHECKS,
)
INSTEAD: dict[str, Callable[[Request, State], Answer | None]] = {
    **tags.INSTEAD,
    **s3.INSTEAD,
    **datacatalog.INSTEAD,
    **volumes.INSTEAD,
    **watching.INSTEAD,
}
CHANGED: dict[str, Callable[[Request], Request]] = {
    **evidence.CHANGED,
    **buckets.CHANGED,
    **limits.CHANGED,
    **kinesis.CHANGED,
}
AFTER: dict[str, Callable[[Request, Answer], Answer]] = {
    **s3.AFTER,
    **buckets.AFTER,
    **tables.AFTER,
    **databases.AFTER,
    **limits.AFTER,
    **events.AFTER,
    **kinesis.AFTER,
    **trails.AFTER,
    **replacements.AFTER,
    **clusters.AFTER,
}


class StrictLayer:
    """In front of `application`, an emulator of AWS, in the same process. Thread-safe."""

    def __init__(self, application: Application) -> None:
        events.install()
        clusters.install()
        self._application = application
        self._state = State()
        self._injections = Injections()
        self._pages = Pages()
        self._over = threading.Event()
        self.calls = Calls()
        """Every call since the last reset: `strict.calls.made("s3.GetObject", bucket="orders")`, `strict.calls.names()`."""

    def reset(self) -> None:
        """Empties the emulator and the log, and ends all that was injected."""
        from moto.moto_api._internal import moto_api_backend

        # Calls that are held back go on now, and are refused: who sent them was killed by a test that is over.
        self._over.set()
        self._over = threading.Event()
        moto_api_backend.reset()
        self._state.clear()
        self._injections.clear()
        self._pages.size = None
        self.calls.clear()

    def deny(self, name: str, *, times: int | None = None, **where: Any) -> Injection:
        """Calls of `name` (`s3.GetObject`, `s3.*`) are denied: of these parameters, so often, or always."""
        return self._injections.add(name, injections.denied, times, where)

    def throttle(self, name: str, *, times: int | None = None, **where: Any) -> Injection:
        """Calls are throttled, with the code and status of their service."""
        return self._injections.add(name, injections.throttled, times, where)

    def expire(self, name: str = "*", *, times: int | None = None, **where: Any) -> Injection:
        """Credentials are expired."""
        return self._injections.add(name, injections.expired, times, where)

    def disable_region(self, region: str) -> Injection:
        """The account has not opted in to a region: its credentials are not known there."""
        return self._injections.add("*", injections.disabled, None, {"region": region})

    def delay(self, name: str, seconds: float, *, times: int | None = None, **where: Any) -> Injection:
        """Calls are answered later."""
        return self._injections.add(name, injections.delayed(seconds, self._over), times, where)

    def fail(
        self,
        name: str,
        code: str,
        message: str = "Refused.",
        *,
        status: int | None = None,
        times: int | None = None,
        **where: Any,
    ) -> Injection:
        """Calls fail with a code, as the service would tell it."""
        return self._injections.add(name, injections.failing(code, message, status), times, where)

    def answer(self, name: str, result: Result, *, times: int | None = None, **where: Any) -> Injection:
        """Calls are answered with a result, or with what a function of the request gives: for what the emulator has not.

        It has the shape that the service's model says; raises `ValueError` where it has another one.
        """
        return self._injections.add(name, injections.answering(name, result), times, where)

    def before(self, name: str, happen: Callable[[], Any], *, times: int | None = 1, **where: Any) -> Injection:
        """Something happens before a call is looked at: an object is deleted after it was listed, say."""
        return self._injections.add(name, injections.happening(happen), times, where)

    def deny_key(self, key: str) -> None:
        """A KMS key (id or ARN) that may not be used for reading or writing; that is AccessDenied of the service that asks."""
        self._state.deny_key(key)

    def unsettled(self, table: str, status: str = "UPDATING", describes: int = 1) -> None:
        """A DynamoDB table, or a database of RDS (`rds:shop`), of this status until it was described so often; it cannot be changed, and
        not read while CREATING."""
        self._state.unsettle(table, status, describes)

    def declared(self, *, block: str = "unblocked", account: str = "123456789012", region: str = "eu-west-1") -> None:
        """What an organisation says of sharing snapshots, which the account cannot change."""
        self._state.held("ec2", account, region, "ebs").update(block=block, managed_by="declarative-policy")

    def backs_up(
        self, *, account: str = "123456789012", region: str = "eu-west-1", at: datetime | None = None
    ) -> list[str]:
        """AWS Backup's plans run, as they do at night: what was copied, by ARN."""
        return backups.run(self._state, account, region, at)

    def spoils(self, *blocks: int, account: str = "123456789012", region: str = "eu-west-1") -> None:
        """Blocks of snapshots whose content is no longer what its checksum says."""
        self._state.held("ebs", account, region, "spoilt").update(dict.fromkeys(blocks, True))

    def system_tags(self, bucket: str, **tags: str) -> None:
        """Tags of AWS itself on a bucket, as CloudFormation leaves them; names without `aws:`, `_` for `:`."""
        held = state.bucket(bucket)
        given = {"aws:" + name.replace("_", ":"): value for name, value in tags.items()}
        state.put_bucket_tags(held, state.bucket_tags(held) | given)

    def analyzes(
        self,
        *found: dict[str, Any],
        account: str = "123456789012",
        region: str = "eu-west-1",
        kind: str = "ACCOUNT",
        status: str = "ACTIVE",
    ) -> None:
        """An analyzer of Access Analyzer is there, and what it found."""
        analyzer.analyzer(self._state, account, region, kind, status)
        for each in found:
            analyzer.finding(self._state, account, region, each)

    def macie_holds(
        self, kind: str, *told: dict[str, Any], account: str = "123456789012", region: str = "eu-west-1"
    ) -> None:
        """What there is in Macie without a call that makes it: `findings` as GetFindings tells them, `allow-lists`."""
        held = self._state.held("macie2", account, region, kind)
        held.update({str(each["id"]): each for each in told})

    def holds(
        self,
        service: str,
        kind: str,
        *told: dict[str, Any],
        account: str = "123456789012",
        region: str = "eu-west-1",
    ) -> None:
        """What there is of a service that the emulator has not: `redshift-serverless` `workgroups` and `namespaces`, `docdb-elastic`
        `clusters`, as they are described, with `tags` by name."""
        elastic.hold(self._state, service, kind, account, region, told)

    def pages(self, size: int | None) -> None:
        """Lists of every service come in pages of at most `size` items."""
        self._pages.size = size

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = recognised(environ)
        if request is None:
            return self._application(environ, start_response)
        over = self._over
        try:
            answer = self._answered(request, over)
            code = answer.code
        except RefusedError as refusal:
            answer, code = refused(request, refusal), refusal.code
        if not over.is_set():
            self.calls.add(Call(request, answer.status, code))
        headers = answer.headers
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers = [*headers, ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    def _answered(self, request: Request, over: threading.Event) -> Answer:
        injected = self._injections.meet(request)
        if over.is_set():
            raise RefusedError("ServiceUnavailable", "The emulator was emptied meanwhile.", 503)
        macie.enabled(request, self._state)
        if request.service == "s3":
            elsewhere = s3.region(request, self._state)
            if elsewhere is not None:
                return elsewhere
            s3.owner(request, self._state)
        for checks in CHECKS:
            check = checks.get(request.name)
            if check is not None:
                check(request, self._state)
        modelled.check(request, self._state)
        if injected is not None:
            return injected
        instead = INSTEAD.get(request.name)
        answer = instead(request, self._state) if instead is not None else None
        return self._pages.answered(request, self._asked) if answer is None else answer

    def _asked(self, request: Request) -> Answer:
        kept = (
            macieanswers.answered(request, self._state)
            or backups.answered(request, self._state)
            or analyzer.answered(request, self._state)
            or evidence.answered(request, self._state)
            or elastic.answered(request, self._state)
        )
        if kept is not None:
            return kept
        change, after = CHANGED.get(request.name), AFTER.get(request.name)
        events.during(request)
        with events.told_afterwards():
            answer = forwarded(self._application, (request if change is None else change(request)).environ)
        told = {name.lower(): value for name, value in answer.headers}
        if answer.status in _NOT_THERE and told.get("content-type", "").startswith("text/html"):
            message = f"the emulator has no {request.name}: give what it should answer with aws.strict.answer()"
            raise RefusedError("NotImplemented", message, 501)
        limits.enabling(request, answer, self._state)
        answer = limits.described(request, answer, self._state)
        return answer if after is None else after(request, answer)
