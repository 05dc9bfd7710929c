"""Teams and accounts in a real browser, under the real policy: no script or style of a page is refused."""

import re
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Trouble, watch
from tests.services.openid import OpenIdProvider
from tests.services.servers import free_port
from tests.services.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "correct horse battery"
PAGES = (
    *("/teams/", "/teams/admin/", "/teams/admin/services/", "/teams/admin/audit/", "/teams/admin/settings/"),
    *("/accounts/", "/accounts/keys/", "/accounts/email/", "/accounts/password/set/", "/accounts/2fa/"),
    *("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/"),
    *("/accounts/2fa/recovery-codes/generate/", "/accounts/sessions/", "/accounts/3rdparty/"),
)
FOR_STRANGERS = ("/accounts/sign-in/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/login/")


def no_wider_than_the_window(page: "Page") -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def named_fields(page: "Page") -> list[str]:
    """The fields that have no label: what a screen reader could not name."""
    return page.evaluate(
        """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
           .filter((field) => !field.labels.length && !field.ariaLabel && !field.getAttribute("aria-labelledby"))
           .map((field) => field.outerHTML)"""
    )


def test_every_page_of_an_account_keeps_to_the_policy(visit: "Callable[[str], Page]"):
    for path in PAGES:
        page = visit(path)
        assert page.locator("h1, h2").count()
        assert named_fields(page) == [], path


def test_every_page_of_an_account_fits_a_telephone(phone: "Callable[[str], Page]"):
    for path in PAGES:
        assert no_wider_than_the_window(phone(path)), path


def test_pages_for_strangers_keep_to_the_policy(site: Site, page: "Page", trouble: Trouble):
    watch(page, trouble)
    for path in FOR_STRANGERS:
        page.goto(site.url + path)
        assert named_fields(page) == [], path


def test_somebody_is_invited_makes_an_account_and_is_removed(
    visit: "Callable[[str], Page]", site: Site, browser: "Browser", trouble: Trouble
):
    page = visit("/teams/admin/")
    page.locator("form[action$='/invitations/'] select").select_option("viewer")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("[data-part=text]").inner_text()
    context = browser.new_context()
    theirs = context.new_page()
    watch(theirs, trouble)
    theirs.goto(link)
    theirs.get_by_role("link", name="Make an account").click()
    theirs.get_by_label("Username").fill("reader")
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Make the account").click()
    theirs.wait_for_url(site.url + "/")
    theirs.goto(site.url + "/teams/admin/")
    assert theirs.get_by_role("button", name="Make a link").count() == 0
    page = visit("/teams/admin/")
    row = page.get_by_role("row", name=re.compile("reader"))
    row.get_by_text("Remove…").click()
    row.get_by_role("button", name="Remove reader").click()
    page.get_by_text("reader is no longer in admin.").wait_for()
    context.close()


def test_a_passkey_stands_between_password_and_session(site: Site, browser: "Browser", trouble: Trouble):
    """On localhost, since an address is no name a key could belong to; the key is Chromium's virtual one."""
    home = site.url.replace("127.0.0.1", "localhost")
    site.manage("shell", "-v", "0", "-c", _MAKE_OWNER)
    context = browser.new_context()
    page = context.new_page()
    watch(page, trouble)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {**key, "automaticPresenceSimulation": True}})
    sign_in(page, home)
    page.wait_for_url(home + "/")
    page.goto(home + "/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)  # once more, before what one signs in with is changed
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    page.goto(home + "/accounts/2fa/webauthn/")
    assert page.get_by_role("row").count() == 2
    page.goto(home + "/")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, home)
    page.wait_for_url(re.compile("/accounts/2fa/authenticate/"))
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(home + "/")
    context.close()


_MAKE_OWNER = (
    "from apps.accounts.models import User;"
    f"User.objects.filter(username='owner').exists() or User.objects.create_user('owner', password={PASSWORD!r})"
)


def sign_in(page: "Page", home: str) -> None:
    page.goto(home + "/accounts/sign-in/")
    page.get_by_label("User name or e-mail address").fill("owner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_signing_in_by_a_provider_leaves_and_comes_back_under_the_policy(
    make_site: "Callable[..., Site]", page: "Page", trouble: Trouble
):
    idp = OpenIdProvider(client_id="paceline", secret="secret", redirect_to=set())
    site = make_site(
        PACELINE_OIDC_URL=idp.url,
        PACELINE_OIDC_ID="paceline",
        PACELINE_OIDC_SECRET="secret",
        PACELINE_OIDC_NAME="Lab login",
        PACELINE_SIGNUP_DOMAINS="example.org",
    )
    idp.redirect_to = {f"{site.url}/accounts/oidc/oidc/login/callback/"}
    idp.person = {"sub": "1", "email": "ann@example.org", "email_verified": True, "preferred_username": "ann"}
    watch(page, trouble)
    page.goto(site.url + "/accounts/sign-in/")
    page.get_by_role("button", name="Sign in with Lab login").click()
    page.wait_for_url(site.url + "/")
    assert page.locator("details.menu summary").inner_text() == "ann"
    assert idp.refusals == []
    idp.close()


@pytest.mark.parametrize("variable", ["PACELINE_MAIL_URL=gopher://x", "PACELINE_GITHUB_ID=x"])
def test_a_wrong_setting_is_a_sentence(site: Site, variable: str):
    name, _, value = variable.partition("=")
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**site.environment, name: value, "PORT": str(free_port())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert name.removesuffix("_ID") in ended.stderr
