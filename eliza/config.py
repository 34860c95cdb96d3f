"""Config: everything that can be set from outside, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, get_args

from dotenv import dotenv_values, find_dotenv

from eliza.errors import ConfigurationError
from eliza.variables import Variables

RiskThreshold = Literal["never", "high", "low"]

_SHORTEST_KEY = 32
_LEVELS = ("debug", "error", "fatal", "info", "trace", "warn", "warning")


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
    def read(cls, given: Variables) -> "SessionSettings":
        """Numbers beyond the bounds of elizaOS are brought within them."""
        usual = cls()
        minutes = given.minutes("SESSION_DEFAULT_TIMEOUT_MINUTES", usual.minutes, most=10080)
        return cls(
            minutes=given.minutes("SESSION_TIMEOUT_MINUTES", minutes, most=10080),
            auto_renew=given.flag("SESSION_AUTO_RENEW", usual.auto_renew),
            longest_duration=given.minutes(
                "SESSION_MAX_DURATION_MINUTES", usual.longest_duration, least=60, most=20160
            ),
            warning=given.minutes("SESSION_WARNING_THRESHOLD_MINUTES", usual.warning, most=60),
            shortest=given.minutes("SESSION_MIN_TIMEOUT_MINUTES", usual.shortest, most=60),
            longest=given.minutes("SESSION_MAX_TIMEOUT_MINUTES", usual.longest, least=60, most=10080),
            sweep_minutes=given.minutes("SESSION_CLEANUP_INTERVAL_MINUTES", usual.sweep_minutes, most=60),
            end_on_shutdown=given.flag("CLEAR_SESSIONS_ON_SHUTDOWN", usual.end_on_shutdown),
        )


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Which tokens are accepted besides those that the server issues, and the claims they must contain."""

    public_key: str | None = field(default=None, repr=False)
    """The public key of another service that signs tokens: PEM, or an Ed25519 key of 32 bytes in base64."""
    jwks_url: str | None = None
    """Where another service publishes its keys."""
    secret: str | None = field(default=None, repr=False)
    """Signs our own tokens instead of a generated secret. Tokens of services that share it are accepted too."""
    issuer: str | None = None
    audience: str | None = None

    @classmethod
    def read(cls, given: Variables) -> "TokenSettings":
        return cls(
            public_key=given.text("PRIVY_VERIFICATION_KEY", "JWT_ED25519_PUBLIC_KEY"),
            jwks_url=given.text("JWT_JWKS_URI"),
            secret=given.text("JWT_SECRET"),
            issuer=given.text("JWT_ISSUER"),
            audience=given.text("JWT_AUDIENCE"),
        )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Rate limits, per credential and minute unless stated otherwise."""

    on: bool = True
    requests: int = 1200
    costly: int = 60
    """Messages and everything else that calls a model; searches."""
    uploads: int = 30
    failures: int = 20
    """Wrong credentials per address."""
    events: float = 50
    """Events per second and socket."""
    sockets: int = 100
    """Open sockets per address."""
    request_seconds: float = 15
    """How long the headers of a request may take to arrive, and every 64 KiB of its body."""

    @classmethod
    def read(cls, given: Variables) -> "LimitSettings":
        usual = cls()
        return cls(
            on=given.flag("ELIZA_RATE_LIMITS", usual.on),
            requests=given.count("ELIZA_RATE_REQUESTS", usual.requests, least=1),
            costly=given.count("ELIZA_RATE_COSTLY", usual.costly, least=1),
            uploads=given.count("ELIZA_RATE_UPLOADS", usual.uploads, least=1),
            failures=given.count("ELIZA_RATE_FAILURES", usual.failures, least=1),
            events=given.number("ELIZA_RATE_EVENTS", usual.events, least=1),
            sockets=given.count("ELIZA_SOCKETS_PER_ADDRESS", usual.sockets, least=1),
            request_seconds=given.number("ELIZA_REQUEST_SECONDS", usual.request_seconds, least=0.1),
        )


@dataclass(frozen=True, slots=True)
class Allowance:
    """Daily limits; None means no limit. ``micros`` are millionths of the currency of the price list."""

    turns: int | None = None
    tokens: int | None = None
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """The daily limits of every agent, channel and person, and the prices of tokens."""

    agent: Allowance = Allowance()
    channel: Allowance = Allowance()
    person: Allowance = Allowance()
    prices: str = ""
    """A price list as JSON, or the name of a file with one; ``eliza.budgets`` reads it."""

    @classmethod
    def read(cls, given: Variables) -> "BudgetSettings":
        return cls(
            agent=Allowance(
                given.limit("ELIZA_BUDGET_AGENT_TURNS_PER_DAY"),
                given.limit("ELIZA_BUDGET_AGENT_TOKENS_PER_DAY"),
                given.micros("ELIZA_BUDGET_AGENT_MONEY_PER_DAY"),
            ),
            channel=Allowance(
                given.limit("ELIZA_BUDGET_CHANNEL_TURNS_PER_DAY"),
                given.limit("ELIZA_BUDGET_CHANNEL_TOKENS_PER_DAY"),
                given.micros("ELIZA_BUDGET_CHANNEL_MONEY_PER_DAY"),
            ),
            person=Allowance(
                given.limit("ELIZA_BUDGET_PERSON_TURNS_PER_DAY"),
                given.limit("ELIZA_BUDGET_PERSON_TOKENS_PER_DAY"),
                given.micros("ELIZA_BUDGET_PERSON_MONEY_PER_DAY"),
            ),
            prices=given.text("ELIZA_PRICES") or "",
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server is set up. ``env`` holds the variables as given, for providers and plugins."""

    host: str = "127.0.0.1"
    port: int = 3000
    data_dir: Path = Path(".eliza")
    postgres_url: str | None = field(default=None, repr=False)
    database_seconds: float = 15
    """How long a statement on Postgres may take before the database counts as unavailable."""
    trusted_proxies: int = 0
    """How many reverse proxies stand in front of the server. With 0, ``X-Forwarded-*`` headers are ignored."""
    auth_token: str | None = field(default=None, repr=False)
    socket_token: str | None = field(default=None, repr=False)
    """Opens sockets only; elizaOS names it ``SERVER_API_KEY``. ``auth_token`` opens them too."""
    tokens: TokenSettings = TokenSettings()
    registration_open: bool = False
    """Whether people may register themselves, as members."""
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    """The keys that encrypt secrets, instead of the key in ``data_dir``: the current one first, then older ones."""
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
    approval: RiskThreshold = "high"
    """The risk from which an action needs an approval, unless its agent has another threshold."""
    approval_minutes: float = 60
    """How long people have to decide about an action."""
    reply_timeout: float = 300
    """Seconds a request that waits for the agent's reply is held open."""
    sessions: SessionSettings = SessionSettings()
    outgoing_allow: tuple[str, ...] = ()
    """Private hosts, addresses and networks that may be fetched from nevertheless; see ``eliza.outgoing``."""
    budgets: BudgetSettings = BudgetSettings()
    limits: LimitSettings = LimitSettings()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def characters_dir(self) -> Path:
        """Every ``.json`` in it is a character file."""
        return self._folder("ELIZA_DATA_DIR_CHARACTERS", "characters")

    @property
    def agent_uploads_dir(self) -> Path:
        return self._folder("ELIZA_DATA_DIR_UPLOADS_AGENTS", "uploads/agents")

    @property
    def channel_uploads_dir(self) -> Path:
        return self._folder("ELIZA_DATA_DIR_UPLOADS_CHANNELS", "uploads/channels")

    @property
    def generated_dir(self) -> Path:
        """What plugins make for an agent lies in the folder of its id, and is served from there."""
        return self._folder("ELIZA_DATA_DIR_GENERATED", "generated")

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
        given, usual = Variables(values), cls()
        return cls(
            host=given.text("SERVER_HOST") or usual.host,
            port=given.port("SERVER_PORT", usual.port),
            data_dir=given.folder("ELIZA_DATA_DIR") or usual.data_dir.absolute(),
            postgres_url=given.text("POSTGRES_URL", "DATABASE_URL"),
            database_seconds=given.number("ELIZA_DATABASE_TIMEOUT_SECONDS", usual.database_seconds, least=1),
            trusted_proxies=given.count("ELIZA_TRUSTED_PROXIES", usual.trusted_proxies, least=0),
            auth_token=given.text("ELIZA_SERVER_AUTH_TOKEN"),
            socket_token=given.text("SERVER_API_KEY"),
            tokens=TokenSettings.read(given),
            registration_open=given.one_of("ELIZA_REGISTRATION", ("open", "closed"), "closed") == "open",
            secret_keys=_long_enough("ELIZA_SECRET_KEY", given.words("ELIZA_SECRET_KEY")),
            cors_origins=given.words("CORS_ORIGIN"),
            ui_enabled=given.flag("ELIZA_UI_ENABLE", usual.ui_enabled),
            ui_dir=_page(given),
            log_level=given.one_of("LOG_LEVEL", _LEVELS, usual.log_level),
            log_json=given.flag("LOG_JSON_FORMAT", usual.log_json),
            max_payload=given.size("EXPRESS_MAX_PAYLOAD", usual.max_payload),
            upload_quota=given.size("ELIZA_UPLOAD_QUOTA", usual.upload_quota),
            app_version=given.text("APP_VERSION") or usual.app_version,
            redis_url=given.text("REDIS_URL"),
            characters=tuple(Path(word).expanduser() for word in given.words("ELIZA_CHARACTERS")),
            lease_seconds=given.number("ELIZA_TURN_LEASE_SECONDS", usual.lease_seconds, least=1),
            turn_seconds=given.number("ELIZA_TURN_TIMEOUT_SECONDS", usual.turn_seconds, least=1),
            agent_turns_in_a_row=given.count("ELIZA_MAX_AGENT_TURNS", usual.agent_turns_in_a_row, least=0),
            concurrent_turns=given.count("ELIZA_CONCURRENT_TURNS", usual.concurrent_turns, least=1),
            approval=given.one_of("ELIZA_APPROVAL", get_args(RiskThreshold), usual.approval),
            approval_minutes=given.minutes("ELIZA_APPROVAL_MINUTES", usual.approval_minutes, least=0.1, most=43_200),
            sessions=SessionSettings.read(given),
            outgoing_allow=given.words("ELIZA_OUTGOING_ALLOW"),
            budgets=BudgetSettings.read(given),
            limits=LimitSettings.read(given),
            env=values,
        )

    def _folder(self, name: str, default: str) -> Path:
        return Variables(self.env).folder(name) or self.data_dir / "data" / default


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _environment() -> Mapping[str, str]:
    path = find_dotenv(usecwd=True)
    try:
        below = {key: value for key, value in dotenv_values(path).items() if value is not None} if path else {}
    except (OSError, UnicodeDecodeError) as failure:
        raise ConfigurationError(f"{path} cannot be read ({failure}).") from failure
    return {**below, **os.environ}


def _page(given: Variables) -> Path | None:
    folder = given.folder("ELIZA_UI_DIR")
    if folder is not None and not (folder / "index.html").is_file():
        raise ConfigurationError(f"ELIZA_UI_DIR={given.text('ELIZA_UI_DIR')} has no index.html.")
    return folder


def _long_enough(name: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise ConfigurationError(
            f"{name} contains a key of less than {_SHORTEST_KEY} characters. Create one with: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return keys
