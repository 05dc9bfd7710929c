from django.urls import path

from apps.plots import api, picture_api

_OF = "projects/<str:team>/<str:project>/plots/"

urlpatterns = [
    path(f"{_OF}scatter/", api.ScatterPlot.as_view(), name="plot_scatter"),
    path(f"{_OF}bars/", api.BarPlot.as_view(), name="plot_bars"),
    path(f"{_OF}histogram/", api.Histogram.as_view(), name="plot_histogram"),
    path(f"{_OF}parallel/", api.ParallelPlot.as_view(), name="plot_parallel"),
    path(f"{_OF}importance/", api.Importance.as_view(), name="plot_importance"),
    path(f"{_OF}<str:plot>.svg", picture_api.PlotSvg.as_view(), name="plot_svg"),
    path(f"{_OF}<str:plot>.png", picture_api.PlotPng.as_view(), name="plot_png"),
    path(f"{_OF}suggestion/", api.Suggestion.as_view(), name="plot_suggestion"),
]
