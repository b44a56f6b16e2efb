"""People and their roles. Everybody signs in with PASSWORD unless a test gives another one."""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from apps.accounts import services as accounts
from apps.accounts.models import Membership, User

PASSWORD = "seven-green-parrots"


class UserFactory(DjangoModelFactory[User]):
    """A guest with an account; `password` is given in the clear and stored hashed."""

    class Meta:
        model = User

    email = Sequence(lambda n: f"guest{n}@example.com")
    full_name = Sequence(lambda n: f"Guest {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password")
        user: User = model_class(**kwargs)
        user.set_password(password)
        user.save(force_insert=True)
        return user


class MembershipFactory(DjangoModelFactory[Membership]):
    """A role, given as the platform gives it: with the way into the admin. `scope_id` is the id of a hotel."""

    class Meta:
        model = Membership

    user = SubFactory(UserFactory)
    role = accounts.Role.FRONT_DESK
    scope_id = None

    @classmethod
    def _create(cls, model_class: type[Membership], *args: Any, **kwargs: Any) -> Membership:
        user: User = kwargs["user"]
        accounts.grant_role(user_id=user.id, role=kwargs["role"], scope_id=kwargs["scope_id"])
        user.refresh_from_db()
        return model_class.objects.get(user=user, role=kwargs["role"], scope_id=kwargs["scope_id"])
