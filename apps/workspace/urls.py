from django.urls import path

from apps.workspace import (
    code_views,
    compare_code_views,
    compare_views,
    console_views,
    files_views,
    run_views,
    settings_views,
    system_views,
    table_views,
    views,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("client/paceline.zip", views.client, name="client"),
    path("runs/<run:run_id>/", run_views.run, name="run"),
    path("runs/<run:run_id>/console/", console_views.run_console, name="run_console"),
    path("runs/<run:run_id>/system/", system_views.run_system, name="run_system"),
    path("runs/<run:run_id>/code/", code_views.run_code, name="run_code"),
    path("runs/<run:run_id>/files/", files_views.run_files, name="run_files_page"),
    path("runs/<run:run_id>/files/delete/", files_views.delete_file, name="run_file_delete"),
    path("runs/<run:run_id>/files/restore/", files_views.restore_file, name="run_file_restore"),
    path("runs/<run:run_id>/stop/", run_views.run_stop, name="run_stop"),
    path("<slug:team>/<slug:project>/", views.project, name="project"),
    path("<slug:team>/<slug:project>/runs/", table_views.run_table, name="run_table"),
    path("<slug:team>/<slug:project>/runs/count/", table_views.count, name="count_table"),
    path("<slug:team>/<slug:project>/runs/export.csv", table_views.export, {"kind": "csv"}, name="export_csv"),
    path(
        "<slug:team>/<slug:project>/runs/export.parquet",
        table_views.export,
        {"kind": "parquet"},
        name="export_parquet",
    ),
    path("<slug:team>/<slug:project>/runs/remember/", table_views.remember, name="remember_table"),
    path("<slug:team>/<slug:project>/settings/", settings_views.project_settings, name="project_settings"),
    path("<slug:team>/<slug:project>/settings/shared-charts/", settings_views.share_chart, name="share_chart"),
    path("<slug:team>/<slug:project>/compare/", compare_views.compare, name="compare"),
    path("<slug:team>/<slug:project>/compare/code/", compare_code_views.compare_code, name="compare_code"),
    path("<slug:team>/<slug:project>/compare/ignore/", compare_views.ignore, name="ignore_key"),
]
