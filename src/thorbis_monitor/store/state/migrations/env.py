"""Alembic environment: migrations run inside the transaction that ``State`` opened."""

from alembic import context

from thorbis_monitor.store.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
