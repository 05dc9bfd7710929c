"""What every test may ask for.

`pytest` alone runs on SQLite in a temporary PACELINE_DATA (tests/settings.py); nothing else need be installed.
"""
