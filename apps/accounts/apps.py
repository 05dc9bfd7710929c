from importlib import import_module

from django.apps import AppConfig
from django.core.checks import register


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from apps.accounts.checks import check_sign_in
        from apps.accounts.watching import watch

        import_module("apps.accounts.openapi")  # registers itself
        register(check_sign_in)
        watch()
