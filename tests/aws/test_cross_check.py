"""Our evaluator and the public simulator on the same questions."""

import pytest

from deploy.checks import cross_check
from deploy.checks.cross_check import Question, differences
from deploy.checks.iam.documents import statements
from deploy.checks.iam.evaluation import Grants, Request, Verdict
from deploy.checks.questions import differences_of_the_simulator, misspelt_questions, wrong_decisions

READS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/runs"}],
}
RUNS = "arn:aws:dynamodb:us-east-1:111111111111:table/runs"


@pytest.fixture
def no_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_check, "GAPS", frozenset())
    monkeypatch.setattr(cross_check, "REFUSED", frozenset())


def question(request: Request, grants: Grants | None = None) -> Question:
    return Question("here", "arn:aws:iam::111111111111:role/a", grants or Grants(statements(READS)), request)


def test_the_simulator_and_the_templates_agree_with_all_decisions() -> None:
    assert list(wrong_decisions()) == []
    assert list(misspelt_questions()) == []
    assert list(differences_of_the_simulator()) == []


class Generous(Grants):
    def decide(self, request: Request) -> Verdict:
        return Verdict(allowed=True, by=request.action)


@pytest.mark.usefixtures("no_gaps")
def test_an_evaluator_that_allows_too_much_is_found() -> None:
    asked = Request("dynamodb:DeleteTable", RUNS)
    [found] = differences([question(asked, Generous(statements(READS)))])
    assert "ImplicitlyDenied" in found.text


@pytest.mark.usefixtures("no_gaps")
def test_an_ignored_condition_key_is_found() -> None:
    [found] = differences([question(Request("dynamodb:GetItem", RUNS, {"s3:prefix": "a"}))])
    assert found.text.endswith("the simulator ignored s3:prefix")


@pytest.mark.usefixtures("no_gaps")
def test_an_action_that_does_not_exist_is_found() -> None:
    [found] = differences([question(Request("dynamodb:GetItems", RUNS))])
    assert "refuses the question" in found.text


@pytest.mark.usefixtures("no_gaps")
@pytest.mark.parametrize("gaps", ["GAPS", "REFUSED"])
def test_a_gap_that_nothing_meets_is_found(monkeypatch: pytest.MonkeyPatch, gaps: str) -> None:
    monkeypatch.setattr(cross_check, gaps, frozenset({("dynamodb:GetItem", "dynamodb:Leading")}))
    [found] = differences([question(Request("dynamodb:GetItem", RUNS))])
    assert found.place == "gaps"


@pytest.mark.usefixtures("no_gaps")
def test_only_a_named_resource_may_be_one_that_the_simulator_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [question(Request("dynamodb:GetItem", "arn:aws:sqs:us-east-1:111111111111:runs"))]
    [found] = differences(asked)
    assert "refuses the question" in found.text
    monkeypatch.setattr(cross_check, "REFUSED", frozenset({("dynamodb:GetItem", asked[0].request.resource)}))
    assert list(differences(asked)) == []
