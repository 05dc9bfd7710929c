"""One comment on the pull request of a CI job, kept by `paceline report`."""
