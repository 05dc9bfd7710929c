from allauth.socialaccount.providers.openid_connect.views import callback as openid_callback
from django.urls import include, path

from apps.accounts import api, audit_views, invitation_views, team_views, views

urlpatterns = [
    path("accounts/", views.account, name="account"),
    path("accounts/sign-in/", views.sign_in, name="sign_in"),
    path("accounts/sign-out/", views.sign_out, name="sign_out"),
    path("accounts/with/<str:provider>/", views.sign_in_with, name="sign_in_with"),
    path("accounts/link/<str:token>/", views.one_time_link, name="one_time_link"),
    path("accounts/keys/", views.api_keys, name="api_keys"),
    path("accounts/keys/<int:key_id>/revoke/", views.revoke_api_key, name="revoke_api_key"),
    path("accounts/invitation/<str:token>/", invitation_views.invitation, name="invitation"),
    # Our views at the paths of django-allauth's own, which its links lead to; then what of it we offer.
    path("accounts/login/", views.sign_in),
    path("accounts/signup/", views.sign_up),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("accounts/github/login/callback/", views.back_from_github, name="github_callback"),
    path("accounts/google/login/callback/", views.back_from_google, name="google_callback"),
    path("accounts/oidc/<str:provider_id>/login/callback/", openid_callback, name="openid_connect_callback"),
    path("teams/", team_views.teams, name="teams"),
    path("teams/<slug:team>/", team_views.team, name="team"),
    path("teams/<slug:team>/settings/", team_views.team_settings, name="team_settings"),
    path("teams/<slug:team>/leave/", team_views.leave_team, name="leave_team"),
    path("teams/<slug:team>/invitations/", team_views.invite, name="invite"),
    path(
        "teams/<slug:team>/invitations/<int:invitation_id>/revoke/",
        team_views.revoke_invitation,
        name="revoke_invitation",
    ),
    path("teams/<slug:team>/members/<int:user_id>/role/", team_views.change_role, name="change_role"),
    path("teams/<slug:team>/members/<int:user_id>/remove/", team_views.remove_member, name="remove_member"),
    path("teams/<slug:team>/services/", team_views.service_accounts, name="team_services"),
    path("teams/<slug:team>/services/<int:user_id>/keys/", team_views.make_service_key, name="make_service_key"),
    path(
        "teams/<slug:team>/services/<int:user_id>/keys/<int:key_id>/revoke/",
        team_views.revoke_service_key,
        name="revoke_service_key",
    ),
    path("teams/<slug:team>/audit/", audit_views.audit_page, name="audit"),
    path("teams/<slug:team>/audit.csv", audit_views.audit_csv, name="audit_csv"),
    path("api/v1/keys/", api.Keys.as_view(), name="keys"),
    path("api/v1/me/", api.Me.as_view(), name="me"),
]
