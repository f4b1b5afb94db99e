"""Alarms on what goes wrong, and a dashboard of what goes on."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from assay.deploy.parts import Document, Resources, attribute, ref, sub

_PERIOD = 300


class Metric(NamedTuple):
    """A metric of one resource: its namespace and name, the dimension, whose value stands in the template, and how it is added up."""

    namespace: str
    name: str
    dimension: str
    value: Any
    statistic: str = "Sum"


def of_queue(name: str, metric: str, statistic: str = "Maximum") -> Metric:
    return Metric("AWS/SQS", metric, "QueueName", attribute(name, "QueueName"), statistic)


def of_function(name: str, metric: str, statistic: str = "Sum") -> Metric:
    return Metric("AWS/Lambda", metric, "FunctionName", ref(name), statistic)


def of_rule(name: str, metric: str) -> Metric:
    return Metric("AWS/Events", metric, "RuleName", ref(name))


def of_machine(name: str, metric: str) -> Metric:
    return Metric("AWS/States", metric, "StateMachineArn", ref(name))


def alarm(name: str, description: str, metric: Metric, *, above: float, periods: int = 1) -> Resources:
    """An alarm that goes off where a metric is above a number for so many periods of five minutes."""
    return {
        name: {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmDescription": description,
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": metric.dimension, "Value": metric.value}],
                "Statistic": metric.statistic,
                "Period": _PERIOD,
                "EvaluationPeriods": periods,
                "Threshold": above,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [ref("Alarms")],
                "OKActions": [ref("Alarms")],
            },
        }
    }


def of_dead_letters(name: str) -> Resources:
    """An alarm for the first message that is given up."""
    what = "Something was given up: look at the messages, and at what the catalog says of why."
    return alarm(f"{name}Alarm", what, of_queue(name, "ApproximateNumberOfMessagesVisible"), above=0)


def of_functions(name: str) -> Resources:
    return {
        **alarm(f"{name}Errors", "Calls of the function end with an error.", of_function(name, "Errors"), above=0, periods=3),
        **alarm(f"{name}Throttles", "The function is called more often than it may run.", of_function(name, "Throttles"),
                above=0, periods=3),
    }  # fmt: skip


def dashboard(graphs: list[tuple[str, list[Metric]]]) -> Resources:
    """A dashboard of a stack, two graphs a row."""
    values: Document = {}
    widgets = []
    for number, (title, metrics) in enumerate(graphs):
        told: list[Any] = []
        for metric in metrics:
            name = f"V{len(values)}"
            values[name] = metric.value
            told.append([metric.namespace, metric.name, metric.dimension, f"${{{name}}}", {"stat": metric.statistic}])
        widgets.append(
            {
                "type": "metric",
                "x": 12 * (number % 2),
                "y": 6 * (number // 2),
                "width": 12,
                "height": 6,
                "properties": {
                    "title": title,
                    "region": "${AWS::Region}",
                    "period": _PERIOD,
                    "view": "timeSeries",
                    "metrics": told,
                },
            }
        )
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardName": sub("${AWS::StackName}"),
                "DashboardBody": {"Fn::Sub": [json.dumps({"widgets": widgets}), values]},
            },
        }
    }
