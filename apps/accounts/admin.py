"""Accounts and roles for platform administrators: lists to read, and actions that call the services."""

# (django-unfold has no types.)
# mypy: disable-error-code="misc, untyped-decorator"

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts import policies, selectors
from apps.accounts import services as accounts
from apps.accounts.models import ApiKey, Membership, User
from apps.platform import audit
from apps.platform.admin import ScopedAdmin, access, scope_names
from apps.platform.errors import Problem

# Permissions live in code: groups of Django's own permissions mean nothing here.
admin.site.unregister(Group)


class AddAccountForm(BaseDialogForm):
    """A new account, with the password that its owner is told."""

    email = forms.EmailField(max_length=policies.LONGEST_ADDRESS, widget=UnfoldAdminEmailInputWidget)
    full_name = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)
    password = forms.CharField(widget=UnfoldAdminPasswordWidget, validators=[validate_password], strip=False)

    def clean_email(self) -> str:
        """An address that no account has yet: this form makes accounts and never changes one."""
        email = policies.address(self.cleaned_data["email"])
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError("There is an account with this address already.")
        return email


class GiveRoleForm(BaseDialogForm):
    """A role, and the hotel that it is for."""

    role = forms.TypedChoiceField(
        coerce=accounts.Role,
        choices=[(role.value, role.value.replace("_", " ")) for role in accounts.Role],
        widget=UnfoldAdminSelectWidget,
    )
    scope_id = forms.TypedChoiceField(
        label="Hotel",
        required=False,
        coerce=UUID,
        empty_value=None,
        choices=lambda: [("", "none: the whole platform"), *scope_names().items()],
        help_text="Empty for a platform administrator, and for nobody else.",
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        required=False,
        max_length=audit.LONGEST_REASON,
        help_text="For the audit log, if there is one.",
        widget=UnfoldAdminTextInputWidget,
    )

    def clean(self) -> dict[str, Any]:
        """The role goes with the scope."""
        cleaned: dict[str, Any] = super().clean()
        if "role" in cleaned and not policies.fits_scope(cleaned["role"], cleaned.get("scope_id")):
            self.add_error("scope_id", "A platform administrator has no hotel; every other role has one.")
        return cleaned


class _AdministratorsOnly(ScopedAdmin):
    """People belong to no hotel: administrators alone, and each change is an action that calls a service."""

    def has_administer_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access(request).is_administrator is True


class MembershipInline(TabularInline):
    """The roles on the page of an account, to read."""

    model = Membership
    fields = ("role", "hotel", "created_at")
    readonly_fields = fields
    extra = 0
    show_change_link = True

    @display(description="Hotel")
    def hotel(self, membership: Membership) -> str:
        return _scope_name(membership)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access(request).is_administrator is True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(_AdministratorsOnly):
    """Accounts."""

    list_display = ("email", "full_name", "is_active", "is_staff", "is_superuser", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "full_name")
    ordering = ("-id",)
    fields = (
        *("id", "email", "full_name", "email_verified_at", "is_active", "is_staff", "is_superuser"),
        *("last_login", "created_at"),
    )
    readonly_fields = fields
    inlines = (MembershipInline,)
    actions_list = ("add_account",)
    actions_detail = (
        "give_role",
        "reset_second_factor",
        "sign_out_everywhere",
        "close_account",
        "open_account",
        "erase_account",
    )

    @action(
        description="Add an account",
        url_path="add-account",
        permissions=["administer"],
        dialog={"title": "Add an account", "description": "", "form_class": AddAccountForm, "form_submit_text": "Add"},
    )
    def add_account(self, request: HttpRequest, form: AddAccountForm) -> HttpResponse:
        values = {name: form.cleaned_data[name] for name in ("email", "full_name", "password")}
        return _carry_out(request, lambda: accounts.ensure_account(**values), "The account is there.", _accounts_page())

    @action(
        description="Give a role",
        url_path="give-role",
        permissions=["administer"],
        dialog={"title": "Give a role", "description": "", "form_class": GiveRoleForm, "form_submit_text": "Give"},
    )
    def give_role(self, request: HttpRequest, form: GiveRoleForm, object_id: str) -> HttpResponse:
        role, scope_id = form.cleaned_data["role"], form.cleaned_data["scope_id"]
        return _carry_out(
            request,
            lambda: accounts.give_role(access=access(request), user_id=_id(object_id), role=role, scope_id=scope_id),
            "The role is given.",
            _accounts_page(_id(object_id)),
        )

    @action(
        description="Remove the second factor",
        url_path="reset-second-factor",
        permissions=["administer_others"],
        dialog={
            "title": "Remove the second factor?",
            "description": "For somebody who has lost the phone: make sure first who asks.",
        },
    )
    def reset_second_factor(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _carry_out(
            request,
            lambda: accounts.reset_second_factor(user_id=_id(object_id), actor=access(request).principal),
            "The second factor is removed.",
            _accounts_page(_id(object_id)),
        )

    @action(
        description="Sign out everywhere",
        url_path="sign-out",
        permissions=["administer"],
        dialog={"title": "Sign out everywhere?", "description": "No token of this account will work any more."},
    )
    def sign_out_everywhere(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _carry_out(
            request,
            lambda: accounts.end_sessions(user_id=_id(object_id)),
            "Signed out everywhere.",
            _accounts_page(_id(object_id)),
        )

    @action(
        description="Close",
        url_path="close",
        permissions=["administer_others"],
        dialog={"title": "Close the account?", "description": "Nobody can sign in to it until it is opened again."},
    )
    def close_account(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _carry_out(
            request,
            lambda: accounts.deactivate(user_id=_id(object_id), actor=access(request).principal),
            "The account is closed.",
            _accounts_page(_id(object_id)),
        )

    @action(
        description="Open again",
        url_path="open",
        permissions=["administer_others"],
        dialog={"title": "Open the account again?", "description": "Its sessions stay ended."},
    )
    def open_account(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _carry_out(
            request,
            lambda: accounts.reactivate(user_id=_id(object_id), actor=access(request).principal),
            "The account is open.",
            _accounts_page(_id(object_id)),
        )

    @action(
        description="Erase",
        url_path="erase",
        permissions=["administer_others"],
        dialog={
            "title": "Erase the account for good?",
            "description": "No name, address or sign-in stays. Bookings keep money and dates, and name nobody.",
        },
    )
    def erase_account(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _carry_out(
            request,
            lambda: accounts.erase_account(user_id=_id(object_id), actor=access(request).principal),
            "The account is erased.",
            _accounts_page(_id(object_id)),
        )

    def has_administer_others_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Nobody closes the door behind themselves."""
        return self.has_administer_permission(request) and str(request.user.pk) != str(object_id)


@admin.register(Membership)
class MembershipAdmin(_AdministratorsOnly):
    """Roles of people."""

    list_display = ("user", "role", "hotel", "created_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__full_name")
    ordering = ("-id",)
    fields = ("user", "role", "hotel", "created_at")
    readonly_fields = fields
    actions_detail = ("take_role",)

    def complete_rows(self, request: HttpRequest, rows: Any) -> None:
        names = scope_names()
        for row in rows:
            row.scope_name = names.get(row.scope_id, "")

    @display(description="Hotel")
    def hotel(self, membership: Membership) -> str:
        return _scope_name(membership)

    @action(
        description="Take the role away",
        url_path="take-role",
        permissions=["administer_others"],
        dialog={"title": "Take the role away?", "description": "With the last role goes the way into this admin."},
    )
    def take_role(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        held = get_object_or_404(Membership, id=_id(object_id))
        return _carry_out(
            request,
            lambda: accounts.take_role(access=access(request), user_id=held.user_id, held_id=held.id),
            "The role is taken away.",
            _accounts_page(held.user_id),
        )

    def has_administer_others_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Nobody takes their own role, and with it perhaps the last way in."""
        own = Membership.objects.filter(id=_id(object_id), user_id=request.user.pk).exists()
        return self.has_administer_permission(request) and not own


def _scope_name(membership: Any) -> str:
    if not hasattr(membership, "scope_name"):
        membership.scope_name = scope_names().get(membership.scope_id, "") if membership.scope_id else ""
    return str(membership.scope_name or "the whole platform")


@admin.register(ApiKey)
class ApiKeyAdmin(_AdministratorsOnly):
    """Keys of partners and kiosks, to look at and to end. They are made by the API, whose answer alone has a secret."""

    list_display = ("name", "verbs", "requests_per_minute", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "secrets__prefix")
    ordering = ("-id",)
    fields = (*list_display, "prefixes", "hotels", "created_by")
    readonly_fields = fields
    actions_detail = ("revoke",)

    @admin.display(description="Secrets that work begin with")
    def prefixes(self, key: ApiKey) -> str:
        return ", ".join(selectors.api_key_view(key).prefixes) or "-"

    @admin.display(description="Hotels (ids)")
    def hotels(self, key: ApiKey) -> str:
        return ", ".join(map(str, selectors.api_key_view(key).hotel_ids))

    @action(
        description="Revoke",
        url_path="revoke",
        permissions=["administer"],
        dialog={"title": "Revoke the key?", "description": "None of its secrets will work again."},
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        return _carry_out(
            request,
            lambda: accounts.revoke_key(access=access(request), key_id=_id(object_id)),
            "The key is revoked.",
            reverse("admin:accounts_apikey_change", args=[_id(object_id)]),
        )


def _accounts_page(user_id: UUID | None = None) -> str:
    if user_id is None:
        return reverse("admin:accounts_user_changelist")
    return reverse("admin:accounts_user_change", args=[user_id])


def _id(object_id: Any) -> UUID:
    """The id in the address of a page."""
    try:
        return UUID(str(object_id))
    except ValueError:
        raise Http404 from None


def _carry_out(request: HttpRequest, effect: Callable[[], Any], done: str, back_to: str) -> HttpResponse:
    """Do it, say so or why not, and let the dialog's page go on to `back_to`."""
    try:
        effect()
    except Problem as refused:
        messages.error(request, refused.detail)
    else:
        messages.success(request, done)
    return HttpResponse(headers={"HX-Redirect": back_to})
