"""A program with a role at the coach's second door: it is let in, and nobody is behind it."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_agentcore.blueprint import ACCOUNT, REGION
from tests.support.running_stack import RunningStack

PAYLOAD = json.dumps({"type": "prompt", "prompt": "How far did I run last month?"}).encode()


def invoke(stack: RunningStack, principal: str, **more: Any) -> Any:
    return stack.boto3_client("bedrock-agentcore", principal).invoke_agent_runtime(
        agentRuntimeArn=f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/coach_iam",
        runtimeSessionId=str(uuid.uuid4()),
        payload=PAYLOAD,
        **more,
    )


def test_the_coach_tells_a_program_that_a_sign_in_is_needed(stack: RunningStack) -> None:
    lines = invoke(stack, "program")["response"].read().decode().splitlines()
    (event,) = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert (event["type"], event["code"]) == ("error", "sign_in_needed")


@pytest.mark.parametrize("principal", ["coach", "gateway", "front", "operator", "consent-return"])
def test_no_other_key_of_the_stack_invokes(stack: RunningStack, principal: str) -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        invoke(stack, principal)


def test_a_program_cannot_speak_for_an_athlete_nor_ask_the_vault_for_anything(stack: RunningStack) -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        invoke(stack, "program", runtimeUserId="maya")
    vault = stack.boto3_client("bedrock-agentcore", "program")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        vault.get_workload_access_token(workloadName="coach")
