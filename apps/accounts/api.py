"""API keys over HTTP."""

from typing import cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.authentication import ScopeAllows
from apps.accounts.errors import Unauthenticated
from apps.accounts.models import ApiKey, Membership, Scope, User
from apps.accounts.serializers import MeSerializer, NewKeySerializer, ShownKeySerializer
from apps.core.api import ErrorBodySerializer


class Keys(APIView):
    """Makes API keys. For a signed-in browser, or a key with the scope `admin`."""

    permission_classes = [ScopeAllows]
    required_scope = Scope.ADMIN

    @extend_schema(
        operation_id="make_key",
        request=NewKeySerializer,
        responses={
            201: ShownKeySerializer,
            400: OpenApiResponse(ErrorBodySerializer),
            401: OpenApiResponse(ErrorBodySerializer),
            403: OpenApiResponse(ErrorBodySerializer),
        },
        tags=["keys"],
    )
    def post(self, request: Request) -> Response:
        """Make a key of your own; the answer is the only place that shows it."""
        asked = NewKeySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key, text = services.make_key(user=cast(User, request.user), **asked.validated_data)
        body = {"key": text, "id": key.id, "prefix": key.prefix, "name": key.name, "scope": key.scope}
        body["project"] = _project_of(key)
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class Me(APIView):
    """Who a key belongs to."""

    @extend_schema(
        operation_id="me",
        responses={
            200: MeSerializer,
            401: OpenApiResponse(ErrorBodySerializer),
            403: OpenApiResponse(ErrorBodySerializer),
        },
        tags=["keys"],
    )
    def get(self, request: Request) -> Response:
        """The user of this key or session, what the key may do, and the user's teams."""
        if not isinstance(request.user, User):
            raise Unauthenticated("Send an API key as `Authorization: Bearer <key>`.")
        memberships = Membership.objects.select_related("team").filter(user=request.user).order_by("team__slug")
        if request.user.limited_to is not None:
            memberships = memberships.filter(team__projects=request.user.limited_to)
        return Response(
            {
                "user": request.user.get_username(),
                "scope": getattr(request.auth, "scope", None),
                "project": _project_of(cast(ApiKey | None, request.auth)),
                "teams": [{"slug": one.team.slug, "role": one.role} for one in memberships],
            }
        )


def _project_of(key: ApiKey | None) -> str | None:
    """The only project that a key opens, as people write it."""
    return str(key.project) if key is not None and key.project is not None else None
