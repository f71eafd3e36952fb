"""Typed settings from HANDRAIL_* environment variables."""

import getpass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.errors import UnusableOption


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("handrail", appauthor=False)


class Settings(BaseSettings):
    """Where things are kept and how much may be used. Every field is the variable HANDRAIL_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="HANDRAIL_", frozen=True)

    home: Path = Field(default_factory=_default_home, description="folder that holds everything")
    database_url: str | None = Field(default=None, description="database instead of SQLite in the home")
    storage_url: str | None = Field(default=None, description="object store for the files; not built yet, so refused")
    bind: Literal["local", "container"] = Field(
        default="local", description="`container` binds all interfaces of a container; its port is published by you"
    )
    port: int = Field(default=8501, ge=1, le=65535, description="port of the web app")
    user: str = Field(default_factory=getpass.getuser, description="who is at work, as reviews record it")
    max_file_mb: int = Field(default=2000, gt=0, description="largest table to learn from, in megabytes")
    memory_gb: float | None = Field(
        default=None, gt=0, description="gigabytes a job may use; default: 85 % of what is there"
    )
    service_log_days: int = Field(
        default=90, ge=1, le=36_500, description="days for which decisions, outcomes and cases left to people are kept"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", description="how much the logs say"
    )

    @property
    def host(self) -> str:
        """The address that the web app and services bind."""
        return "0.0.0.0" if self.bind == "container" else "127.0.0.1"  # noqa: S104 - only inside a container

    @property
    def registry_url(self) -> str:
        """The registry's database."""
        return self.database_url or f"sqlite:///{self.home / 'handrail.db'}"


def load(home: Path | None = None) -> Settings:
    """Return the settings, with ``home`` from the command line where given.

    Raises
    ------
    UnusableOption
        If a variable has a value that makes no sense; the message names it.
    """
    try:
        chosen = Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        first = error.errors()[0]
        name = "HANDRAIL_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UnusableOption(
            f"{name} is {first.get('input')!r}: {first['msg']}.", fix=f"Set {name} to a sensible value, or unset it."
        ) from error
    if chosen.storage_url:
        raise UnusableOption(
            f"HANDRAIL_STORAGE_URL is {chosen.storage_url!r}, but files are kept in the home only.",
            fix="Unset it; an object store is not supported yet.",
        )
    return chosen
