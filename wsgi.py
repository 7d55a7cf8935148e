"""Builds the app: `granian wsgi:app`, `flask --app wsgi …`."""

import sys

from app import cli
from app.config import BadSetting, Settings
from app.wiring import create_app

try:
    settings = Settings.from_env()
except BadSetting as error:
    sys.exit(f"设置不对：{error}")  # a sentence for who starts it, no traceback
app = create_app(settings)
cli.install(app)
