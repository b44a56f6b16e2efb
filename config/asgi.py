"""For servers that speak only ASGI. The platform's views are synchronous: prefer config.wsgi, it is several times faster."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
os.environ.setdefault("PROCESS_KIND", "web")

from django.core.asgi import get_asgi_application  # noqa: E402

application = get_asgi_application()
