"""API keys over HTTP."""

from typing import cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.authentication import ScopeAllows
from apps.accounts.models import Scope, User
from apps.accounts.serializers import NewKeySerializer, ShownKeySerializer
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
        return Response(body, status=201, headers={"Cache-Control": "no-store"})
