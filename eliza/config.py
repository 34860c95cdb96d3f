"""Config: everything that can be set from outside, read once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from math import inf, isfinite, nan
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values, find_dotenv

from eliza.errors import ConfigurationError

_TRUE = frozenset({"true", "1", "yes", "y", "on", "t", "enable", "enabled"})
_FALSE = frozenset({"false", "0", "no", "n", "off", "f", "disable", "disabled"})
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_SHORTEST_KEY = 32
_LEVELS = frozenset({"trace", "debug", "info", "warn", "warning", "error", "fatal"})


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long sessions last where neither their agent nor their client says so, and the bounds of what these may say.

    All in minutes.
    """

    minutes: float = 30
    auto_renew: bool = True
    longest_duration: float = 720
    warning: float = 5
    shortest: float = 5
    longest: float = 1440
    sweep_minutes: float = 5
    """How often is looked for sessions that have been over for long."""
    end_on_shutdown: bool = False

    @property
    def longest_duration_allowed(self) -> float:
        return max(2 * self.longest, self.longest_duration)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "SessionSettings":
        """Numbers beyond the bounds of elizaOS are brought within them."""
        default = _minutes(env, "SESSION_DEFAULT_TIMEOUT_MINUTES", 30, most=10080)
        duration = _minutes(env, "SESSION_MAX_DURATION_MINUTES", 720, least=60, most=20160)
        return cls(
            minutes=_minutes(env, "SESSION_TIMEOUT_MINUTES", default, most=10080),
            auto_renew=_flag("SESSION_AUTO_RENEW", env.get("SESSION_AUTO_RENEW"), default=True),
            longest_duration=duration,
            warning=_minutes(env, "SESSION_WARNING_THRESHOLD_MINUTES", 5, most=60),
            shortest=_minutes(env, "SESSION_MIN_TIMEOUT_MINUTES", 5, most=60),
            longest=_minutes(env, "SESSION_MAX_TIMEOUT_MINUTES", 1440, least=60, most=10080),
            sweep_minutes=_minutes(env, "SESSION_CLEANUP_INTERVAL_MINUTES", 5, most=60),
            end_on_shutdown=_flag("CLEAR_SESSIONS_ON_SHUTDOWN", env.get("CLEAR_SESSIONS_ON_SHUTDOWN"), default=False),
        )


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Whose tokens count besides those that the server gives by itself, and what they must say."""

    public_key: str | None = field(default=None, repr=False)
    """Of another service that signs tokens: PEM, or the 32 bytes of an Ed25519 key in base64."""
    jwks_url: str | None = None
    """Where another service publishes its keys."""
    secret: str | None = field(default=None, repr=False)
    """Signs our own tokens in the place of a secret made here; and those of another service that knows it too."""
    issuer: str | None = None
    audience: str | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "TokenSettings":
        return cls(
            public_key=env.get("PRIVY_VERIFICATION_KEY") or env.get("JWT_ED25519_PUBLIC_KEY") or None,
            jwks_url=env.get("JWT_JWKS_URI") or None,
            secret=env.get("JWT_SECRET") or None,
            issuer=env.get("JWT_ISSUER") or None,
            audience=env.get("JWT_AUDIENCE") or None,
        )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How much somebody may ask for. Rates are of one credential and one minute where nothing else is said."""

    on: bool = True
    requests: int = 1200
    costly: int = 60
    """Messages and whatever else asks a model; searches."""
    uploads: int = 30
    failures: int = 20
    """Wrong credentials of one address."""
    events: float = 50
    """What a socket may send in a second."""
    sockets: int = 100
    """How many one address may have open."""
    request_seconds: float = 15
    """How long the headers of a request may take to arrive, and every 64 KiB of its body."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "LimitSettings":
        return cls(
            on=_flag("ELIZA_RATE_LIMITS", env.get("ELIZA_RATE_LIMITS"), default=True),
            requests=int(_number("ELIZA_RATE_REQUESTS", env.get("ELIZA_RATE_REQUESTS"), 1200, least=1)),
            costly=int(_number("ELIZA_RATE_COSTLY", env.get("ELIZA_RATE_COSTLY"), 60, least=1)),
            uploads=int(_number("ELIZA_RATE_UPLOADS", env.get("ELIZA_RATE_UPLOADS"), 30, least=1)),
            failures=int(_number("ELIZA_RATE_FAILURES", env.get("ELIZA_RATE_FAILURES"), 20, least=1)),
            events=_number("ELIZA_RATE_EVENTS", env.get("ELIZA_RATE_EVENTS"), 50, least=1),
            sockets=int(_number("ELIZA_SOCKETS_PER_ADDRESS", env.get("ELIZA_SOCKETS_PER_ADDRESS"), 100, least=1)),
            request_seconds=_number("ELIZA_REQUEST_SECONDS", env.get("ELIZA_REQUEST_SECONDS"), 15, least=0.1),
        )


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be used in a day; None is no limit. Money counts in millionths of what the price list counts in."""

    turns: int | None = None
    tokens: int | None = None
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """What each agent, each channel and each person may use in a day, and what tokens cost."""

    agent: Allowance = Allowance()
    channel: Allowance = Allowance()
    person: Allowance = Allowance()
    prices: str = ""
    """A price list as JSON, or the name of a file with one; ``eliza.budgets`` reads it."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "BudgetSettings":
        return cls(
            agent=Allowance(
                _whole(env, "ELIZA_BUDGET_AGENT_TURNS_PER_DAY"),
                _whole(env, "ELIZA_BUDGET_AGENT_TOKENS_PER_DAY"),
                _micros(env, "ELIZA_BUDGET_AGENT_MONEY_PER_DAY"),
            ),
            channel=Allowance(
                _whole(env, "ELIZA_BUDGET_CHANNEL_TURNS_PER_DAY"),
                _whole(env, "ELIZA_BUDGET_CHANNEL_TOKENS_PER_DAY"),
                _micros(env, "ELIZA_BUDGET_CHANNEL_MONEY_PER_DAY"),
            ),
            person=Allowance(
                _whole(env, "ELIZA_BUDGET_PERSON_TURNS_PER_DAY"),
                _whole(env, "ELIZA_BUDGET_PERSON_TOKENS_PER_DAY"),
                _micros(env, "ELIZA_BUDGET_PERSON_MONEY_PER_DAY"),
            ),
            prices=env.get("ELIZA_PRICES") or "",
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server is set up. ``env`` holds the variables as given, for providers and plugins."""

    host: str = "127.0.0.1"
    port: int = 3000
    data_dir: Path = Path(".eliza")
    postgres_url: str | None = field(default=None, repr=False)
    database_seconds: float = 15
    """How long a statement may take on Postgres before the database counts as away."""
    trusted_proxies: int = 0
    """How many proxies stand in front and say in headers for whom they ask. Without any, no such header is believed."""
    auth_token: str | None = field(default=None, repr=False)
    socket_token: str | None = field(default=None, repr=False)
    """Opens sockets only; elizaOS names it ``SERVER_API_KEY``. ``auth_token`` opens them too."""
    tokens: TokenSettings = TokenSettings()
    registration_open: bool = False
    """Whether people may register by themselves; they become members."""
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    """What secrets are encrypted with, instead of the key in ``data_dir``: the one in force, then those before it."""
    cors_origins: tuple[str, ...] = ()
    ui_enabled: bool = True
    ui_dir: Path | None = None
    """A page that was built elsewhere, served instead of our own: a folder with an ``index.html``."""
    log_level: str = "info"
    log_json: bool = False
    max_payload: int = 2 << 20
    """Bytes a JSON body may have."""
    upload_quota: int = 5 << 30
    """Bytes that all uploads together may take."""
    app_version: str = "unknown"
    redis_url: str | None = field(default=None, repr=False)
    """Where Socket.IO's message queue lives when several workers share the sockets."""
    characters: tuple[Path, ...] = ()
    lease_seconds: float = 30
    """How long a turn stays its owner's without a sign of life."""
    turn_attempts: int = 3
    """How often a turn is begun before it counts as failed."""
    turn_seconds: float = 600
    """How long an agent may work on one message before that counts as failed."""
    concurrent_turns: int = 64
    agent_turns_in_a_row: int = 10
    """How many messages agents may write in a channel before a human must speak again."""
    approval: Literal["never", "high", "low"] = "high"
    """From which risk on an action needs people's leave, where its agent does not say otherwise."""
    approval_minutes: float = 60
    """How long people have to decide about an action."""
    reply_timeout: float = 300
    """Seconds a request that waits for the agent's reply is held open."""
    sessions: SessionSettings = SessionSettings()
    outgoing_allow: tuple[str, ...] = ()
    """Hosts, addresses and networks within that may be fetched from in spite; see ``eliza.outgoing``."""
    budgets: BudgetSettings = BudgetSettings()
    limits: LimitSettings = LimitSettings()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def characters_dir(self) -> Path:
        """Every ``.json`` in it is a character file."""
        return self._folder(self.env.get("ELIZA_DATA_DIR_CHARACTERS"), "characters")

    @property
    def agent_uploads_dir(self) -> Path:
        return self._folder(self.env.get("ELIZA_DATA_DIR_UPLOADS_AGENTS"), "uploads/agents")

    @property
    def channel_uploads_dir(self) -> Path:
        return self._folder(self.env.get("ELIZA_DATA_DIR_UPLOADS_CHANNELS"), "uploads/channels")

    @property
    def generated_dir(self) -> Path:
        """What plugins make for an agent lies in the folder of its id, and is served from there."""
        return self._folder(self.env.get("ELIZA_DATA_DIR_GENERATED"), "generated")

    @property
    def is_local(self) -> bool:
        """True when only this machine can reach the server."""
        return is_loopback(self.host)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the process environment, and below it the nearest ``.env`` from the working directory upwards.

        Raises ``ConfigurationError`` naming the variable that cannot be used.
        """
        values = dict(_environment() if env is None else env)
        data_dir = Path(values.get("ELIZA_DATA_DIR") or ".eliza").expanduser().absolute()
        return cls(
            host=values.get("SERVER_HOST") or "127.0.0.1",
            port=_port(values.get("SERVER_PORT")),
            data_dir=data_dir,
            postgres_url=values.get("POSTGRES_URL") or values.get("DATABASE_URL") or None,
            database_seconds=_number(
                "ELIZA_DATABASE_TIMEOUT_SECONDS", values.get("ELIZA_DATABASE_TIMEOUT_SECONDS"), 15, least=1
            ),
            trusted_proxies=int(_number("ELIZA_TRUSTED_PROXIES", values.get("ELIZA_TRUSTED_PROXIES"), 0, least=0)),
            auth_token=values.get("ELIZA_SERVER_AUTH_TOKEN") or None,
            socket_token=values.get("SERVER_API_KEY") or None,
            tokens=TokenSettings.from_env(values),
            registration_open=_registration(values.get("ELIZA_REGISTRATION")),
            secret_keys=_keys("ELIZA_SECRET_KEY", values.get("ELIZA_SECRET_KEY")),
            cors_origins=_words(values.get("CORS_ORIGIN")),
            ui_enabled=_flag("ELIZA_UI_ENABLE", values.get("ELIZA_UI_ENABLE"), default=True),
            ui_dir=_page("ELIZA_UI_DIR", values.get("ELIZA_UI_DIR")),
            log_level=_level(values.get("LOG_LEVEL")),
            log_json=_flag("LOG_JSON_FORMAT", values.get("LOG_JSON_FORMAT"), default=False),
            max_payload=_size("EXPRESS_MAX_PAYLOAD", values.get("EXPRESS_MAX_PAYLOAD"), default=2 << 20),
            upload_quota=_size("ELIZA_UPLOAD_QUOTA", values.get("ELIZA_UPLOAD_QUOTA"), default=5 << 30),
            app_version=values.get("APP_VERSION") or "unknown",
            redis_url=values.get("REDIS_URL") or None,
            characters=tuple(Path(word).expanduser() for word in _words(values.get("ELIZA_CHARACTERS"))),
            lease_seconds=_number("ELIZA_TURN_LEASE_SECONDS", values.get("ELIZA_TURN_LEASE_SECONDS"), 30, least=1),
            turn_seconds=_number("ELIZA_TURN_TIMEOUT_SECONDS", values.get("ELIZA_TURN_TIMEOUT_SECONDS"), 600, least=1),
            agent_turns_in_a_row=int(
                _number("ELIZA_MAX_AGENT_TURNS", values.get("ELIZA_MAX_AGENT_TURNS"), 10, least=0)
            ),
            concurrent_turns=int(_number("ELIZA_CONCURRENT_TURNS", values.get("ELIZA_CONCURRENT_TURNS"), 64, least=1)),
            approval=_approval(values.get("ELIZA_APPROVAL")),
            approval_minutes=_minutes(values, "ELIZA_APPROVAL_MINUTES", 60, least=0.1, most=43_200),
            sessions=SessionSettings.from_env(values),
            outgoing_allow=_words(values.get("ELIZA_OUTGOING_ALLOW")),
            budgets=BudgetSettings.from_env(values),
            limits=LimitSettings.from_env(values),
            env=values,
        )

    def _folder(self, given: str | None, default: str) -> Path:
        return Path(given).expanduser().absolute() if given else self.data_dir / "data" / default


def truth(value: object) -> bool | None:
    """What a setting says, be it a boolean, 0 or 1, or a word for one; None if it says neither yes nor no."""
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _environment() -> Mapping[str, str]:
    path = find_dotenv(usecwd=True)
    below = {key: value for key, value in dotenv_values(path).items() if value is not None} if path else {}
    return {**below, **os.environ}


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _port(text: str | None) -> int:
    if not text:
        return 3000
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise ConfigurationError(f"SERVER_PORT={text} is not a port number between 0 and 65535.")
    return int(text)


def _flag(name: str, text: str | None, *, default: bool) -> bool:
    if not (text or "").strip():
        return default
    value = truth(text)
    if value is None:
        raise ConfigurationError(f"{name}={text} is neither true nor false.")
    return value


def _registration(text: str | None) -> bool:
    word = (text or "closed").strip().lower()
    if word not in {"open", "closed"}:
        raise ConfigurationError(f"ELIZA_REGISTRATION={text} is neither open nor closed.")
    return word == "open"


def _page(name: str, text: str | None) -> Path | None:
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not (folder / "index.html").is_file():
        raise ConfigurationError(f"{name}={text} has no index.html.")
    return folder


def _size(name: str, text: str | None, *, default: int) -> int:
    if not text:
        return default
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(f"{name}={text} is not a size; write it as 2mb or 500kb.")
    return int(float(match[1]) * _UNITS[(match[2] or "b").lower()])


def _number(name: str, text: str | None, default: float, *, least: float) -> float:
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise ConfigurationError(f"{name}={text} is not a number.")
    if value < least:
        raise ConfigurationError(f"{name}={text} is less than {least:g}.")
    return value


def _whole(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name)
    return int(_number(name, text, 0, least=0)) if text else None


def _micros(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name)
    return round(_number(name, text, 0, least=0) * 1_000_000) if text else None


def _minutes(env: Mapping[str, str], name: str, default: float, *, least: float = 1, most: float) -> float:
    return max(least, min(_number(name, env.get(name), default, least=-inf), most))


def _level(text: str | None) -> str:
    word = (text or "info").strip().lower()
    if word not in _LEVELS:
        raise ConfigurationError(f"LOG_LEVEL={text} is none of {', '.join(sorted(_LEVELS))}.")
    return word


def _keys(name: str, text: str | None) -> tuple[str, ...]:
    keys = _words(text)
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise ConfigurationError(
            f"{name} holds a key of less than {_SHORTEST_KEY} characters. Make one with: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return keys


def _approval(text: str | None) -> Literal["never", "high", "low"]:
    match (text or "high").strip().lower():
        case "never" | "high" | "low" as word:
            return word
    raise ConfigurationError(f"ELIZA_APPROVAL={text} is none of never, high, low.")


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
