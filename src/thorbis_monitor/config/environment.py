"""Settings from the environment: ``THORBIS_<SECTION>_<NAME>``, and a few short names."""

from collections.abc import Mapping
from dataclasses import dataclass

from thorbis_monitor.config.settings import SECTIONS

PREFIX = "THORBIS"
SHORT_NAMES = {
    "THORBIS_API_KEY": ("server", "api_key"),
    "THORBIS_API_KEY_FILE": ("server", "api_key_file"),
}
"""Names that are shorter than the rule says; the long ones work as well, and win."""


@dataclass(frozen=True, slots=True)
class Override:
    """A value from outside the file, and what it is called there."""

    section: str
    name: str
    value: object
    origin: str


def variable_name(section: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}_{section}_{name}".upper()


def read_environment(environ: Mapping[str, str]) -> list[Override]:
    """Every setting that the environment sets; an empty variable sets nothing."""
    names = dict(SHORT_NAMES)
    for section, form in SECTIONS.items():
        names |= {variable_name(section, name): (section, name) for name in form.model_fields}
    return [
        Override(section, name, environ[variable], variable)
        for variable, (section, name) in names.items()
        if environ.get(variable)
    ]


def read_flags(flags: Mapping[str, object]) -> list[Override]:
    """Values from the command line by ``section.name``; None sets nothing."""
    overrides = []
    for key, value in flags.items():
        section, _, name = key.partition(".")
        if value is not None:
            overrides.append(Override(section, name, value, f"--{name.replace('_', '-')}"))
    return overrides
