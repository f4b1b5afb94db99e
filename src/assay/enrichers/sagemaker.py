"""A model on a SageMaker endpoint whose container speaks the chat protocol (vLLM, Large Model Inference, TGI).

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html, whose answer takes 60 seconds at most.
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws.access import Access
from assay.aws.client import Client
from assay.aws.failures import failure_of, refusals
from assay.aws.session import Calls
from assay.enrichers.messages import ENDLESS, MOST_BYTES, NO_FORM, request, whole
from assay.errors import AwsError, ModelError
from assay.ports import ModelAnswer, ModelAsked

CALLS: Calls = frozenset({"sagemaker-runtime.InvokeEndpoint"})
_BUSY = ("ModelNotReadyException", "InternalFailure", "ServiceUnavailable", "InternalDependencyException")
_MODEL_FAILED = "ModelError"
_SERVER = 500


class SageMaker:
    """Asks one endpoint."""

    name = "sagemaker"

    def __init__(self, access: Access, endpoint: str) -> None:
        self._client = Client(access, "sagemaker-runtime", CALLS)
        self._endpoint = endpoint

    @property
    def model(self) -> str:
        return self._endpoint

    def ask(self, asked: ModelAsked, *, most_tokens: int, seconds: float) -> ModelAnswer:  # noqa: ARG002  # the service sets 60 itself
        body = json.dumps(request(asked, model=None, most_tokens=most_tokens, stream=False)).encode()
        try:
            answer = self._client.get().invoke_endpoint(
                EndpointName=self._endpoint, ContentType="application/json", Accept="application/json", Body=body
            )
            said = answer["Body"].read(MOST_BYTES + 1)
        except AwsError as error:
            raise ModelError(error.reason) from None
        except refusals() as error:
            raise _refusal(error) from None
        if len(said) > MOST_BYTES:
            raise ModelError(ENDLESS)
        try:
            document = json.loads(said)
        except (ValueError, RecursionError):
            raise ModelError(NO_FORM) from None
        return whole(document, self._endpoint)


def _refusal(error: BaseException) -> ModelError:
    failure = failure_of(error)
    if failure.code == _MODEL_FAILED:
        # The container's own status is beside the service's.
        told: Any = getattr(error, "response", {})
        status = told.get("OriginalStatusCode", _SERVER) if isinstance(told, dict) else _SERVER
        return ModelError(f"it failed ({status})", transient=status >= _SERVER or status == 429)
    return ModelError(
        f"{failure.reason} ({failure.code or 'no answer'})", transient=failure.is_transient or failure.code in _BUSY
    )
