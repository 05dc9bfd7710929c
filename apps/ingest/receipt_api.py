"""What is stored of a run, as counts and digests that a client compares with what it sent."""

from typing import Any

import numpy as np
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.console.queries import totals
from apps.core.api import ErrorBodySerializer
from apps.history.buckets import Points
from apps.history.queries import all_points, heads
from apps.runs.access import readable_run

POINTS_AT_ONCE = 5_000_000  # read for one answer, one series more at most


class Receipt(serializers.Serializer[Any]):
    """Series by name, each by attempt: {"points": …, "digest": …}."""

    series = serializers.DictField(child=serializers.DictField())
    lines = serializers.IntegerField(help_text="console lines of the run")
    next = serializers.CharField(allow_null=True, help_text="`after` of the next page")


class RunReceipt(APIView):
    """What is stored of a run."""

    @extend_schema(
        operation_id="get_receipt",
        parameters=[
            OpenApiParameter("run_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The run's 13 characters."),
            OpenApiParameter("after", OpenApiTypes.STR, description="`next` of the page before."),
        ],
        responses={
            200: Receipt,
            **{status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 503)},
        },
        tags=["history"],
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Counts and digests of every series and attempt, superseded points too, by name.

        A digest is three sums modulo 2^64 in hex: of the steps, of the times (ms), and of the values' bits, every NaN
        being the same one. It does not depend on the order of the points.
        """
        run = readable_run(request.user, run_id)
        after = request.query_params.get("after", "")
        sizes = {name: head.points + head.superseded for name, head in heads([run.id])[run.id].items() if name > after}
        names: list[str] = []
        points = 0
        for name in sorted(sizes):
            if points >= POINTS_AT_ONCE:
                break
            names.append(name)
            points += sizes[name]
        held = totals([run.id]).get(run.id)
        return Response(
            {
                "series": _digests(run.id, names) if names else {},
                "lines": held.lines if held else 0,
                "next": names[-1] if len(names) < len(sizes) else None,
            }
        )


def _digests(run_id: int, names: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    sums: dict[tuple[str, int], list[int]] = {}
    for name, attempt, _, points in all_points(run_id, names):
        whole = sums.setdefault((name, attempt), [0, 0, 0, 0])
        for place, part in enumerate(digest(points)):
            whole[place] = (whole[place] + part) % 2**64
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for (name, attempt), (count, *parts) in sums.items():
        text = "".join(f"{part:016x}" for part in parts)
        found.setdefault(name, {})[str(attempt)] = {"points": count, "digest": text}
    return found


def digest(points: Points) -> tuple[int, int, int, int]:
    """(count, steps, times, bits of the values), the last three as sums modulo 2^64."""
    values = np.where(np.isnan(points.value), np.nan, points.value)
    columns = (points.step, points.time, values)
    sums = [int(np.add.reduce(np.ascontiguousarray(column).view(np.uint64))) for column in columns]
    return points.size, sums[0], sums[1], sums[2]
