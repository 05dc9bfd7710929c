"""How much of anything a custom panel may be, read and send. No Django."""

MAX_NAME = 120  # characters of a panel's name
MAX_NOTE = 500  # and of what is said of a version
MAX_PLACED = 40  # panels on a page of a project
MAX_PANELS = 2_000  # of a project, archived ones too
MAX_VERSIONS = 10_000  # of a panel
MAX_SOURCES = 12
MAX_PARAMETERS = 20
MAX_CHOICES = 100
MAX_FIELDS = 50  # of a source
MAX_KEYS = 50  # metrics of a source
MAX_VALUE = 500  # characters of a parameter's value
MAX_FILLED = 2**20  # bytes of a document whose parameters are filled in
MAX_RUNS = 1_000  # that a source draws
POINTS = 500  # a run and key, where a document does not say
MAX_POINTS = 2_000
MAX_ROWS = 100_000  # of all sources of a panel, once they are aggregated
MAX_READ = 5_000_000  # points or rows of a source before that
HEAVY_READ = 500_000  # points: reads of more take turns
MAX_BINS = 1_000
MAX_AGGREGATES = 20
MAX_DIFF_LINES = 5_000  # of either version
SIZES = (32, 2_000)  # width and height of a picture, px
