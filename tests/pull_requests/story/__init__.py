"""A whole story on a real git repository: a branch, ten trainings, a report, and its comment in the pull request."""
