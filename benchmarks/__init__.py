"""`make bench`: every promise with a number, against a named baseline measured in the same run. See README.md."""
