"""What a panel's document and picture may be. No Django."""

MAX_BYTES = 256 * 1024  # of a document, in UTF-8
MAX_DEPTH = 40  # of objects and lists in each other
MAX_PROBLEMS = 10  # said at once

MAX_SIDE = 2_000  # px, of a picture or of a view in it
MAX_STEP_SIDE = 200  # px for each value along a side
MAX_SCALE = 4  # pixels of a PNG for each px
MAX_VIEWS = 100  # in a document: layers and charts side by side
MAX_TRANSFORMS = 100
MAX_CONDITIONS = 6  # of and, or and not in each other
MAX_INLINE_ROWS = 5_000
MAX_ROWS = 100_000  # that a picture is drawn from
MAX_GENERATED = 10_000  # rows or ticks that a generator may make
MAX_BINS = 1_000
MAX_TICKS = 1_000
MAX_ITERATIONS = 1_000  # of forces
MAX_WIDTH = 100  # characters that a number or text may be padded to
MAX_EXPRESSION = 4_000  # characters
