from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "apps.reports"

    def ready(self) -> None:
        from apps.artifacts.naming import namers
        from apps.comments import subjects
        from apps.reports.citations import cited_runs
        from apps.reports.discussion import archive, subject
        from apps.reports.models import ReportImage
        from apps.reports.places import report_places
        from apps.reports.transfer import PARTS
        from apps.runs import citations, places
        from apps.transfer.parts import parts

        namers.append(ReportImage)
        parts.extend([*PARTS, archive.PART])
        subjects.finders[subject.KIND] = subject.commented_reports
        citations.finders.append(cited_runs)
        places.finders.append(report_places)
