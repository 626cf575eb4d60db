"""Log-in, sign-up, addresses, passwords and second factors of django-allauth, and nothing else of it.

What somebody guesses at is below /accounts/, where attempts are counted by address; what belongs to the
settings is below /settings/, with the hub's own.
"""

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as sign_on_account
from django.urls import path, re_path
from django.views.decorators.cache import never_cache

from hub.http.web import sign_on
from hub.http.web.errors import as_page

KEY = "settings/passkeys/<int:pk>"

urlpatterns = [
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    # Of two who sign up with one name at once, the hub's own service refuses one.
    path("accounts/signup/", as_page(account.signup), name="account_signup"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(
        r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"
    ),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("accounts/factor/", factors.authenticate, name="mfa_authenticate"),
    path("accounts/factor/again/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/passkey/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("accounts/passkey/again/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("accounts/sign-on/new/", as_page(sign_on_account.signup), name="socialaccount_signup"),
    path("accounts/sign-on/left/", sign_on_account.login_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/sign-on/failed/", sign_on_account.login_error, name="socialaccount_login_error"),
    path("accounts/sign-on/<segment:provider_id>/", sign_on.login, name="openid_connect_login"),
    path("accounts/sign-on/<segment:provider_id>/back/", sign_on.callback, name="openid_connect_callback"),
    path("settings/emails", account.email, name="account_email"),
    path("settings/password", account.password_change, name="account_change_password"),
    path("settings/password/new", account.password_set, name="account_set_password"),
    path("settings/two-factor", factors.index, name="mfa_index"),
    path("settings/two-factor/app", never_cache(app.activate_totp), name="mfa_activate_totp"),
    path("settings/two-factor/app/remove", app.deactivate_totp, name="mfa_deactivate_totp"),
    path("settings/two-factor/codes", never_cache(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("settings/two-factor/codes/new", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("settings/two-factor/codes/file", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("settings/passkeys", keys.list_webauthn, name="mfa_list_webauthn"),
    path("settings/passkeys/new", never_cache(keys.add_webauthn), name="mfa_add_webauthn"),
    path(f"{KEY}/name", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path(f"{KEY}/remove", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("settings/sign-on", sign_on_account.connections, name="socialaccount_connections"),
]
