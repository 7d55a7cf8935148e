"""Joins the plumbing to an app, in the order a request meets it."""

from collections.abc import Callable

from flask import Flask, request

from app.config import Settings
from app.extensions import csrf
from app.web import (
    actor,
    errors,
    filters,
    logs,
    origin,
    packing,
    security,
    step_up,
    styleguide,
)
from app.web.actor import find_actor
from app.web.look import LARGE, NO_HELP


def init_web(
    app: Flask, settings: Settings, *, login_endpoint: str, site: Callable[[], str]
) -> None:
    """`site` answers the name that stands beside the product's, from the region's data."""
    secure = settings.base_url.startswith("https://")
    logs.configure(settings.log_format)
    logs.init_app(app)
    origin.init_app(app, proxies=settings.trusted_proxies)
    security.init_app(app, secure=secure)
    actor.init_app(app)
    step_up.init_app(app, demo=settings.demo)
    csrf.init_app(app)
    errors.init_app(app, login_endpoint=login_endpoint)
    filters.init_app(app)
    packing.init_app(app)
    styleguide.init_app(app, demo=settings.demo)
    app.context_processor(
        lambda: {
            "actor": find_actor(),
            "demo": settings.demo,
            "large": LARGE in request.cookies,
            "helps": NO_HELP not in request.cookies,
            "site": site(),
        }
    )
