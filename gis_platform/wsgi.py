"""Django's own application; `tile_service.asgi` serves it beside the raw tile path."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gis_platform.settings")

application = get_wsgi_application()
