"""The schema's migrations, for whoever must run them."""

from pathlib import Path

from alembic.config import Config

ROOT = Path(__file__).resolve().parent.parent.parent


def alembic_config(url: str = "") -> Config:
    """For the database at `url`; without one, hand a connection over in `config.attributes`."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config
