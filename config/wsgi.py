"""The web process: `granian --interface wsgi config.wsgi:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")
os.environ.setdefault("PROCESS_KIND", "web")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
