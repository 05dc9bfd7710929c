from django.urls import path

from apps.accounts import api, views

urlpatterns = [
    path("accounts/sign-in/", views.sign_in, name="sign_in"),
    path("accounts/sign-out/", views.sign_out, name="sign_out"),
    path("accounts/link/<str:token>/", views.one_time_link, name="one_time_link"),
    path("accounts/keys/", views.api_keys, name="api_keys"),
    path("accounts/keys/<int:key_id>/revoke/", views.revoke_api_key, name="revoke_api_key"),
    path("api/v1/keys/", api.Keys.as_view(), name="keys"),
]
