"""Builds the app: `granian wsgi:app`, `flask --app wsgi …`."""

import gc
import sys

gc.disable()  # until all is imported, a fifth of a start went into looking for garbage there

from app import cli  # noqa: E402
from app.config import BadSetting, Settings  # noqa: E402
from app.wiring import create_app  # noqa: E402

try:
    settings = Settings.from_env()
except BadSetting as error:
    sys.exit(f"设置不对：{error}")  # a sentence for who starts it, no traceback
app = create_app(settings)
cli.install(app)
# What was imported stays for good: looking for garbage in it again and again cost a tenth of each
# request. What requests leave is mostly freed by counting; the rest can wait a little.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
gc.enable()
