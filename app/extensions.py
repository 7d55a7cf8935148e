"""Flask add-ons, made once, without logic; the wiring initialises them."""

from flask_login import LoginManager
from flask_wtf import CSRFProtect

login_manager = LoginManager()
csrf = CSRFProtect()
