from django.urls import path

from apps.sharing import api, shared_views, views

VERSION = "r/<run:report_id>/<int:n>/"
SHARES = "api/v1/reports/<run:report_id>/published/<int:n>/shares/"

urlpatterns = [
    path(f"{VERSION}share/", views.share, name="share_snapshot"),
    path(f"{VERSION}share/<run:link_id>/revoke/", views.revoke_share, name="revoke_share"),
    path(f"{VERSION}share/<run:link_id>/restore/", views.restore_share, name="restore_share"),
    path(f"{VERSION}embed/<int:panel>/", views.snapshot_panel, name="snapshot_panel"),
    path(f"{VERSION}panel-<int:panel>-<int:chart>.png", views.snapshot_picture, name="snapshot_picture"),
    path(SHARES, api.Shares.as_view(), name="api_shares"),
    path(f"{SHARES}<run:link_id>/", api.OneShare.as_view(), name="api_share"),
    # What a share link opens, and all that it opens
    path("s/<str:token>/", shared_views.shared_page, name="shared_report"),
    path("s/<str:token>/report.json", shared_views.shared_json, name="shared_json"),
    path("s/<str:token>/report.md", shared_views.shared_comment, name="shared_comment"),
    path("s/<str:token>/report.html", shared_views.shared_file, name="shared_file"),
    path("s/<str:token>/data.md", shared_views.shared_data, name="shared_data"),
    path("s/<str:token>/data.csv", shared_views.shared_csv, name="shared_csv"),
    path("s/<str:token>/tables.tex", shared_views.shared_latex, name="shared_latex"),
    path("s/<str:token>/pieces/<str:sha256>", shared_views.shared_piece, name="shared_piece"),
    path("s/<str:token>/embed/<int:panel>/", shared_views.shared_panel, name="shared_panel"),
    path("s/<str:token>/panel-<int:panel>-<int:chart>.png", shared_views.shared_picture, name="shared_picture"),
    path("s/<str:token>/<path:rest>", shared_views.nothing_shared, name="nothing_shared"),
]
