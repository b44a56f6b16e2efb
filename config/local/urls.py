"""The routes of development, included under /mailbox/."""

from django.urls import path

from config.local import mailbox

app_name = "mailbox"
urlpatterns = [
    path("", mailbox.index, name="index"),
    path("empty", mailbox.empty, name="empty"),
    path("<str:key>", mailbox.detail, name="detail"),
    path("<str:key>/source", mailbox.source, name="source"),
]
