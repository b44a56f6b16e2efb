"""The kernel's tables: what was answered, what happened, who has handled it, what staff have changed."""

from django.db import models

from apps.platform.db import Entity


class IdempotencyRecord(Entity):
    """The answer to one key of one principal. Written only in the transaction of its effect, so never "in progress"."""

    principal = models.TextField()
    key = models.TextField()
    fingerprint = models.CharField(max_length=64)
    outcome = models.TextField(help_text="The stable code of what happened.")
    body = models.BinaryField(help_text="The exact bytes of the answer.")
    etag = models.TextField(default="", blank=True)
    location = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "key"], name="idempotency_principal_key")]


class OutboxMessage(Entity):
    """An event that is true because its transaction committed; the relay hands it to Celery.

    pending -> published -> done. `claimed_until` is the lease of the relay at work on it.
    """

    topic = models.TextField()
    payload = models.JSONField()
    aggregate_id = models.UUIDField()
    sequence = models.BigIntegerField(help_text="The revision of the aggregate: its events in order.")
    request_id = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="outbox_undone", condition=models.Q(done_at__isnull=True)),
            models.Index(fields=["aggregate_id", "sequence"], name="outbox_aggregate"),
        ]


class HandledEvent(models.Model):
    """A handler is through with a message: the primary key is what makes its effect happen once."""

    pk = models.CompositePrimaryKey("handler", "message_id")
    handler = models.TextField()
    message_id = models.UUIDField()
    handled_at = models.DateTimeField()
    dead = models.BooleanField(default=False, help_text="Given up after repeated failures.")
    error = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["message_id"], name="handled_message")]


class RepeatedRun(models.Model):
    """How often a handler has begun with a message that came more than once: noted first, in case it dies of it."""

    pk = models.CompositePrimaryKey("handler", "message_id")
    handler = models.TextField()
    message_id = models.UUIDField()
    runs = models.IntegerField(help_text="With the first one, of which nothing was noted.")

    class Meta:
        indexes = [models.Index(fields=["message_id"], name="repeated_run_message")]


class AuditEntry(Entity):
    """A change that somebody of the staff has made. Only ever added: the database refuses to alter or delete one."""

    at = models.DateTimeField()
    actor = models.TextField(help_text="The principal of who did it.")
    scope_id = models.UUIDField(null=True, help_text="The hotel that it concerns; none: the platform.")
    operation = models.TextField()
    object_kind = models.TextField()
    object_id = models.TextField()
    before = models.JSONField(help_text="What differs, as it was.")
    after = models.JSONField(help_text="What differs, as it is since.")
    reason = models.TextField(blank=True, help_text="In the words of who did it.")
    request_id = models.TextField(blank=True, help_text="The same as in the logs.")
    batch = models.UUIDField(null=True, blank=True, help_text="The same for all that was changed by one save.")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["scope_id", "-id"], name="audit_of_scope"),
            models.Index(fields=["object_id"], name="audit_of_object", opclasses=["text_pattern_ops"]),
            models.Index(fields=["actor"], name="audit_of_actor"),
            models.Index(fields=["batch"], name="audit_of_batch", condition=models.Q(batch__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.object_id}"
