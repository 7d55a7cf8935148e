"""Builds the app: `granian wsgi:app`, `flask --app wsgi …`."""

from app import cli
from app.config import Settings
from app.wiring import create_app

app = create_app(Settings.from_env())
cli.install(app)
