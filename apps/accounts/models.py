"""People, what they may do, and the sessions by which they are signed in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from apps.accounts import policies
from apps.accounts.types import MailPurpose, Role, Verb
from apps.platform import audit, clock, principals
from apps.platform.audit import Change
from apps.platform.db import Entity


class UserManager(BaseUserManager["User"]):
    """Makes accounts for `createsuperuser`; everybody else goes through the services."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=policies.address(username or ""))

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        user = self.model(email=policies.address(email), is_staff=True, is_superuser=True, **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            Membership(user=user, role=Role.PLATFORM_ADMIN).save(using=self._db)
            change = Change(
                operation="accounts.grant_role",
                kind="account",
                object_id=user.id,
                scope_id=None,
                after={"role": Role.PLATFORM_ADMIN},
            )
            audit.record([change], actor=principals.system("createsuperuser"))
        return user


class User(Entity, AbstractBaseUser, PermissionsMixin):
    """A person who signs in. The address is the name, and is compared without regard to case."""

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May enter the admin.")
    email_verified_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since then nothing here tells who it was."
    )

    signed_out_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When all browsers were signed out that were signed in before."
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self) -> str:
        return self.email

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """What a browser's session carries and must still fit: another password ends it, and so does signing out."""
        if self.signed_out_at is None:
            return str(super()._get_session_auth_hash(secret))  # type: ignore[misc]
        told = f"{self.password}{self.signed_out_at.isoformat()}"
        return salted_hmac("apps.accounts.session", told, secret=secret, algorithm="sha256").hexdigest()


class Membership(Entity):
    """A role of a person: in one scope (a hotel, whose id is opaque here), or on the whole platform."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    scope_id = models.UUIDField(null=True, blank=True, db_index=True)
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "scope_id", "role"], nulls_distinct=False, name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role=Role.PLATFORM_ADMIN.value, scope_id__isnull=True)
                | (~models.Q(role=Role.PLATFORM_ADMIN.value) & models.Q(scope_id__isnull=False)),
                name="membership_scope_fits_role",
            ),
        ]

    def __str__(self) -> str:
        return self.role


class Session(Entity):
    """One sign-in on one device: the family of its refresh tokens, of which only the newest works, once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_token = models.UUIDField(help_text="The `jti` of the one refresh token that still works.")
    previous_token = models.UUIDField(null=True, help_text="The one before it, by which a race is told from a theft.")
    race_until = models.DateTimeField(null=True, help_text="Who arrived before this cannot have read the last answer.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    refreshed_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["revoked_at"], name="session_ended", condition=models.Q(revoked_at__isnull=False))
        ]


class MailedToken(Entity):
    """Something that was mailed to an address, works once and for an hour at most. What was mailed is not stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mailed_tokens")
    purpose = models.CharField(max_length=16, choices=[(purpose.value, purpose.value) for purpose in MailPurpose])
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class FailedSignIn(Entity):
    """A wrong password: for which account, as a keyed hash of the address typed, and from where."""

    subject = models.CharField(max_length=64)
    address = models.CharField(max_length=43, blank=True, help_text="A network address; of IPv6, its /64.")
    failed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "failed_at"], name="failed_sign_in_subject")]


class SigningKey(Entity):
    """A key that signs tokens, or did. JWT_SIGNING_KEY is written down here when the first rotation retires it."""

    kid = models.CharField(max_length=64, unique=True)
    sealed = models.TextField(blank=True, help_text="The private key, encrypted under SECRET_KEY.")
    public = models.TextField()
    signs_from = models.DateTimeField()
    believed_until = models.DateTimeField(null=True, help_text="For access tokens; none: as long as it signs.")


class ApiKey(Entity):
    """What a partner's system or a kiosk may do, and where. It is known by its secrets: two may work at once."""

    name = models.CharField(max_length=100)
    verbs = ArrayField(models.CharField(max_length=16, choices=[(verb.value, verb.value) for verb in Verb]))
    requests_per_minute = models.PositiveIntegerField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To within some minutes.")

    def __str__(self) -> str:
        return self.name


class ApiKeyScope(Entity):
    """A scope (a hotel, whose id is opaque here) that a key works in."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="scopes")
    scope_id = models.UUIDField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "scope_id"], name="api_key_scope_once")]


class ApiKeySecret(Entity):
    """One secret of a key, as its SHA-256: 256 random bits need no slow hash, for there is nothing to guess."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets")
    prefix = models.CharField(max_length=16, help_text="How the secret begins, for people to know it by.")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Set when a newer secret takes over.")


class SecondFactor(Entity):
    """What the authenticator app of a person knows too. Until it is confirmed it is asked of nobody."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    sealed_secret = models.TextField(help_text="Encrypted under SECRET_KEY.")
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0, help_text="Of the last code taken: none up to it works again.")
    created_at = models.DateTimeField()


class RecoveryCode(Entity):
    """One of the codes that stand in for a lost phone, as its SHA-256."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)


class ScopeRule(Entity):
    """What a scope (a hotel, whose id is opaque here) asks of its staff."""

    scope_id = models.UUIDField(unique=True)
    needs_second_factor = models.BooleanField(default=False)
