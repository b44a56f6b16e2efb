"""For servers that speak only ASGI. The views are synchronous: config.wsgi is several times faster."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
os.environ.setdefault("PROCESS_KIND", "web")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
