"""The tables of the state database. Every change here needs a migration in ``migrations/versions``."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy import UniqueConstraint as Unique

from thorbis_monitor.store.state.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("category", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("timestamp", UtcDateTime, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("data", JSON, nullable=False),
    Column("annotations", JSON, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", String(200)),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(200)),
    Index(None, "resolved_at", "timestamp"),
    Index(None, "timestamp", "id"),
)
"""One row per alert ever raised."""

alert_comments = Table(
    "alert_comments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("alert_id", String(32), ForeignKey("alerts.id"), nullable=False, index=True),
    Column("author", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""What people wrote on an alert."""

rule_instances = Table(
    "rule_instances",
    metadata,
    Column("rule_id", String(200), primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    Column("labels", JSON, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("active_since", UtcDateTime),
    Column("last_true_at", UtcDateTime),
    Column("last_fired_at", UtcDateTime),
    Column("alert_id", String(32)),
    Column("dismissed", Boolean, nullable=False, default=False),
    Column("value", Float),
    Column("updated_at", UtcDateTime, nullable=False),
)
"""Lifecycle state per rule and label set; survives a restart."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("alert_id", String(32), nullable=False),
    Column("change", String(16), nullable=False),
    Column("receiver", String(200), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("error", Text),
    Unique("alert_id", "change", "receiver"),
    Index(None, "status", "next_attempt_at"),
)
"""The outbox: one row per (alert, state change, receiver), written in the transaction of the change."""
