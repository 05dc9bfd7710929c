from django.urls import path

from apps.reports import api, revision_api, revision_views, snapshot_api, snapshot_views, views
from apps.reports.discussion import api as comment_api
from apps.reports.discussion import views as comment_views
from apps.reports.exports import value_views
from apps.reports.exports import views as export_views
from apps.reports.images import api as image_api
from apps.reports.images import views as image_views
from apps.reports.marks import card_views
from apps.reports.text import api as text_api
from apps.reports.text import views as text_views
from apps.reports.writing import draft_views, editor_views

urlpatterns = [
    path("r/new/", editor_views.new_report, name="new_report"),
    path("r/preview/", editor_views.preview, name="preview_report"),
    path("r/autosave/", draft_views.keep, name="keep_draft"),
    path("r/drafts/<run:draft_id>/", draft_views.unsaved, name="unsaved_draft"),
    path("r/drafts/<run:draft_id>/discard/", draft_views.discard_draft, name="discard_draft"),
    path("r/images/", image_views.put, name="put_report_image"),
    path("r/images/<run:image_id>/", image_views.image, name="report_image"),
    path("api/v1/reports/<run:report_id>/images/", image_api.ReportImages.as_view(), name="api_report_images"),
    path("runs/<run:run_id>/card/", card_views.run_card, name="run_card"),
    path("r/<run:report_id>/", views.report, name="report"),
    path("r/<run:report_id>/edit/", editor_views.edit_report, name="edit_report"),
    path("r/<run:report_id>/against-newest/", draft_views.against_newest, name="against_newest"),
    path("r/<run:report_id>/draft/", views.draft_report, name="report_draft"),
    path("r/<run:report_id>/publish/", snapshot_views.publish_report, name="publish_report"),
    path("r/<run:report_id>/publish/<run:publishing_id>/", snapshot_views.publishing, name="publishing"),
    path("r/<run:report_id>/pieces/<str:sha256>", snapshot_views.piece, name="snapshot_piece"),
    path("r/<run:report_id>/<int:n>/", snapshot_views.snapshot, name="snapshot"),
    path("r/<run:report_id>/<int:n>/changes/", snapshot_views.changes, name="snapshot_changes"),
    path("r/<run:report_id>/<int:n>.json", snapshot_views.snapshot_json, name="snapshot_json"),
    path("r/<run:report_id>.md", text_views.newest_comment, name="report_comment"),
    path("r/<run:report_id>/<int:n>/data.md", value_views.snapshot_data, name="snapshot_data"),
    path("r/<run:report_id>/<int:n>/data.csv", value_views.snapshot_csv, name="snapshot_csv"),
    path("r/<run:report_id>/<int:n>/tables.tex", value_views.snapshot_latex, name="snapshot_latex"),
    path("r/<run:report_id>/<int:n>.md", text_views.snapshot_comment, name="snapshot_comment"),
    path("r/<run:report_id>/comments/", comment_views.add, name="add_comment"),
    path("r/<run:report_id>/comments/<run:comment_id>/edit/", comment_views.edit, name="edit_comment"),
    path("r/<run:report_id>/comments/<run:comment_id>/delete/", comment_views.delete, name="delete_comment"),
    path("r/<run:report_id>/comments/<run:comment_id>/restore/", comment_views.restore, name="restore_comment"),
    path("r/<run:report_id>/comments/<run:comment_id>/resolve/", comment_views.resolve, name="resolve_comment"),
    path("r/<run:report_id>/<int:n>.html", export_views.snapshot_html, name="snapshot_html"),
    path("r/<run:report_id>/revisions/", revision_views.revisions, name="report_revisions"),
    path("r/<run:report_id>/revisions/diff/", revision_views.difference, name="report_diff"),
    path("r/<run:report_id>/revisions/<int:n>/", revision_views.revision, name="report_revision"),
    path("r/<run:report_id>/revisions/<int:n>/restore/", revision_views.restore, name="restore_revision"),
    path("api/v1/projects/<str:team>/<str:project>/reports/", api.ProjectReports.as_view(), name="api_reports"),
    path(
        "api/v1/projects/<str:team>/<str:project>/reports/by-key/<path:key>/",
        api.KeyedReport.as_view(),
        name="api_keyed_report",
    ),
    path("api/v1/reports/<run:report_id>/", api.OneReport.as_view(), name="api_report"),
    path("api/v1/reports/<run:report_id>/blocks/", api.Blocks.as_view(), name="api_report_blocks"),
    path("api/v1/reports/<run:report_id>/revisions/", revision_api.Revisions.as_view(), name="api_revisions"),
    path("api/v1/reports/<run:report_id>/revisions/<int:n>/", revision_api.OneRevision.as_view(), name="api_revision"),
    path(
        "api/v1/reports/<run:report_id>/revisions/<int:n>/diff/",
        revision_api.Differences.as_view(),
        name="api_revision_diff",
    ),
    path(
        "api/v1/reports/<run:report_id>/revisions/<int:n>/restore/",
        revision_api.Restoring.as_view(),
        name="api_restore_revision",
    ),
    path("api/v1/reports/<run:report_id>/publish/", snapshot_api.Publish.as_view(), name="api_publish"),
    path(
        "api/v1/reports/<run:report_id>/publishings/<run:publishing_id>/",
        snapshot_api.Progress.as_view(),
        name="api_publishing",
    ),
    path("api/v1/reports/<run:report_id>/published/", snapshot_api.Snapshots.as_view(), name="api_snapshots"),
    path(
        "api/v1/reports/<run:report_id>/published/<int:n>/",
        snapshot_api.OneSnapshot.as_view(),
        name="api_snapshot",
    ),
    path(
        "api/v1/reports/<run:report_id>/pieces/<str:sha256>/",
        snapshot_api.OnePiece.as_view(),
        name="api_snapshot_piece",
    ),
    path(
        "api/v1/reports/<run:report_id>/published/<int:n>/changes/",
        snapshot_api.SnapshotChanges.as_view(),
        name="api_snapshot_changes",
    ),
    path("api/v1/reports/<run:report_id>/comment.md", text_api.NewestComment.as_view(), name="api_report_comment"),
    path(
        "api/v1/reports/<run:report_id>/published/<int:n>/comment.md",
        text_api.SnapshotComment.as_view(),
        name="api_snapshot_comment",
    ),
    path("api/v1/reports/<run:report_id>/comments/", comment_api.ReportComments.as_view(), name="api_report_comments"),
    path(
        "api/v1/reports/<run:report_id>/comments/<run:comment_id>/",
        comment_api.OneComment.as_view(),
        name="api_one_comment",
    ),
    path(
        "api/v1/reports/<run:report_id>/comments/<run:comment_id>/resolve/",
        comment_api.Resolving.as_view(),
        name="api_resolve_comment",
    ),
    path("<slug:team>/<slug:project>/reports/", views.project_reports_page, name="project_reports"),
]
