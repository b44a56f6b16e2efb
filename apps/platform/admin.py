"""The walls of the admin: whoever signs in sees and touches what lies in the scopes of their roles, and nothing else.

The platform knows no hotels and no roles. A ModelAdmin names the path from its rows to their scope, and the permissions
that looking and changing need; `settings.ADMIN_ACCESS` names the function that says what a person may do where.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from apps.platform.errors import Problem

_ACCESS = "_admin_access"
_REFUSAL = "_admin_refusal"
_ERRORS_SHOWN = 5


class StaffAccess(Protocol):
    """What somebody may do where. A permission is a word of the app that brings it."""

    @property
    def is_administrator(self) -> bool: ...

    def allows(self, permission: Any, scope_id: UUID) -> bool: ...

    def scopes(self, permission: Any) -> frozenset[UUID] | None: ...


def access(request: HttpRequest) -> Any:
    """The StaffAccess of whoever asks, read once for a request; as the type that `settings.ADMIN_ACCESS` returns."""
    found = getattr(request, _ACCESS, None)
    if found is None:
        user = request.user
        found = _access_of()(user.pk if user.is_active else None)
        setattr(request, _ACCESS, found)
    return found


@cache
def _access_of() -> Callable[[UUID | None], StaffAccess]:
    found: Callable[[UUID | None], StaffAccess] = import_string(settings.ADMIN_ACCESS)
    return found


def scope_names() -> Mapping[UUID, str]:
    """What the scopes are called that a role may be given in: the platform itself knows only their ids."""
    found: Callable[[], Mapping[UUID, str]] = import_string(settings.ADMIN_SCOPES)
    return found()


# What needs attention -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One line of what needs attention on the first screen: how many of what, and the list that shows them."""

    count: int
    text: str
    link: str


NoticeSource = Callable[[HttpRequest], Iterable[Notice]]
_notice_sources: list[NoticeSource] = []


def notices(source: NoticeSource) -> NoticeSource:
    """Let `source` add to what needs attention; it looks after its own walls. Apps above the first screen use this."""
    _notice_sources.append(source)
    return source


def notices_for(request: HttpRequest) -> tuple[Notice, ...]:
    """What the apps have to say to whoever asks."""
    return tuple(notice for source in _notice_sources for notice in source(request) if notice.count)


# Lists, pages and drop-downs ------------------------------------------------------------------------------------------


class _PageOfRows(ChangeList):  # type: ignore[misc] # unfold has no types
    """A list whose ModelAdmin may look up what stands beside the rows of a page, once for all of them."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        self.model_admin.complete_rows(request, rows)
        self.result_list = rows


class ScopedAdmin(ModelAdmin):  # type: ignore[misc]
    """A ModelAdmin that ends at the walls of its reader's scopes, on every way in. It deletes nothing.

    Lists, search, filters, drop-downs, autocomplete, actions, histories and addresses typed by hand all come from
    `get_queryset`; what may be changed is asked of the scope that the row lies in.
    """

    scope_field: str | None = None
    """The path from a row to the id of its scope; None: a matter of administrators alone."""
    view_permission: Any = None
    change_permission: Any = None
    """None: nothing is changed by forms."""
    add_permission: Any = None
    """None: as for changing."""
    scope_column: str | None = None
    """The column and filter that tell scopes apart: left out for who has one scope only."""

    show_full_result_count = False
    list_per_page = 50
    actions: Any = ()

    # Walls

    def scoped(self, request: HttpRequest, rows: QuerySet[Any], permission: Any) -> QuerySet[Any]:
        """Those of `rows` in whose scope the reader has `permission`."""
        if access(request).is_administrator:
            return rows
        if self.scope_field is None or permission is None:
            return rows.none()
        return rows.filter(**{f"{self.scope_field}__in": access(request).scopes(permission)})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return self.scoped(request, rows, self.view_permission)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.view_permission, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.change_permission is not None and self.may(request, self.change_permission, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        permission = self.add_permission or self.change_permission
        return permission is not None and self.may(request, permission, None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def may(self, request: HttpRequest, permission: Any, obj: Any = None) -> bool:
        """Whether the reader has `permission` in the scope of `obj` (a row or its id), or without one: anywhere."""
        reader = access(request)
        if reader.is_administrator:
            return True
        if self.scope_field is None or permission is None:
            return False
        if obj is None:
            return bool(reader.scopes(permission))
        scope_id = self._scope_of(obj)
        return scope_id is not None and bool(reader.allows(permission, scope_id))

    def _scope_of(self, obj: Any) -> UUID | None:
        path = self.scope_field or ""
        if isinstance(obj, Model):
            for step in path.split("__"):
                obj = getattr(obj, step)
            return obj if isinstance(obj, UUID) else None
        try:
            found: UUID | None = self.model.objects.filter(pk=obj).values_list(path, flat=True).first()
        except ValidationError:  # no id at all
            return None
        return found

    # What is offered

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Foreign keys offer only what the reader's own rows point to."""
        return [
            (given, RelatedOnlyFieldListFilter) if isinstance(given, str) and self._is_foreign_key(given) else given
            for given in super().get_list_filter(request)
            if not (self._has_one_scope(request) and given == self.scope_column)
        ]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = list(super().get_list_display(request))
        return [column for column in columns if column != self.scope_column or not self._has_one_scope(request)]

    def _has_one_scope(self, request: HttpRequest) -> bool:
        scopes = access(request).scopes(self.view_permission) if self.view_permission else None
        return scopes is not None and len(scopes) == 1

    def _is_foreign_key(self, name: str) -> bool:
        try:
            return isinstance(self.opts.get_field(name), ForeignKey)
        except FieldDoesNotExist:
            return False

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """A drop-down offers the rows of the scopes in which this form may write."""
        related = self.admin_site._registry.get(db_field.remote_field.model)  # noqa: SLF001 - Django has no other way
        if isinstance(related, ScopedAdmin):
            permission = self.change_permission or self.add_permission
            rows = related.scoped(request, related.model.objects.all(), permission)
            kwargs["queryset"] = related.choices_from(rows)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def choices_from(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of `rows` that drop-downs of other forms offer."""
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[_PageOfRows]:
        return _PageOfRows

    def complete_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Look up what columns show beside the rows of one page, at once for all of them."""


# Forms that services answer -------------------------------------------------------------------------------------------


class ServiceForm(forms.ModelForm):  # type: ignore[type-arg] # generic for the type checker only
    """A form whose values a service writes; what the service refused stands beside the fields concerned."""

    refusal: Problem | None = None
    names: Mapping[str, str] = {}
    """What the form calls a member of the body that the service's refusal names, where it is another word."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.refusal is not None:
            for member, text in _faults(self.refusal):
                field = self.names.get(member, member)
                self.add_error(field if field in self.fields else None, text)
        return cleaned


def _faults(refusal: Problem) -> Iterable[tuple[str, str]]:
    """Field and text of each single fault; a long list is cut short and says so."""
    if not refusal.items:
        yield "", f"{refusal.title}. {refusal.detail}" if refusal.detail != refusal.title else refusal.title
    for item in refusal.items[:_ERRORS_SHOWN]:
        field = str(item.get("pointer", "")).strip("/").split("/")[0]
        yield field, f"{item['date']}: {item['detail']}" if "date" in item else str(item["detail"])
    if len(refusal.items) > _ERRORS_SHOWN:
        yield "", f"{refusal.title}, in {len(refusal.items)} places."


class ServiceFormAdmin(ScopedAdmin):
    """A ModelAdmin whose form hands its values to a service: rules hold, and a refusal is an error of the form."""

    form = ServiceForm

    def write(self, request: HttpRequest, form: Any, obj: Any, *, change: bool) -> UUID:
        """Call the service with the values of the form; returns the id of the row.

        :raises Problem: if the service refuses.
        """
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = self.write(request, form, obj, change=change)
        obj.refresh_from_db()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; a refusal rolls everything back, and the same form is shown once more with it."""
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except Problem as refusal:
            setattr(request, _REFUSAL, refusal)
            response = super().changeform_view(request, object_id, form_url, extra_context)
        return response

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        attributes: dict[str, Any] = {"refusal": getattr(request, _REFUSAL, None)}
        # A declared field that the page does not show takes no value either: None removes it from the form.
        shown = self.get_fields(request, obj)
        attributes |= {name: None for name in form.declared_fields if name not in shown}
        return type(form.__name__, (form,), attributes)


def tell_refusal(request: HttpRequest, refusal: Problem, *, about: str = "") -> None:
    """Say on the next page what was refused and why."""
    messages.error(request, refusal_text(refusal.members(), about=about))


def refusal_text(members: Any, *, about: str = "") -> str:
    """A refusal in one line: what it is about, its title and what there is to know."""
    details = [members["detail"]] if members["detail"] != members["title"] else []
    details += [f"{item.get('date', '')} {item['detail']}".strip() for item in members.get("errors", [])]
    text = ". ".join([members["title"], *(detail.rstrip(".") for detail in details[:_ERRORS_SHOWN])])
    return f"{about}: {text}." if about else f"{text}."
