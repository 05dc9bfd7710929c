from django.urls import path

from apps.comments import views

urlpatterns = [
    path("accounts/mentions/", views.mentions, name="mentions"),
    path("accounts/mentions/read/", views.read_all, name="read_mentions"),
    path("accounts/mentions/<run:mention_id>/", views.mention, name="mention"),
]
