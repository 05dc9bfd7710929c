from django.apps import AppConfig
from django.core.checks import Tags, register


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from apps.accounts.checks import check_sign_in
        from apps.accounts.watching import watch

        register(check_sign_in, Tags.security)
        watch()
