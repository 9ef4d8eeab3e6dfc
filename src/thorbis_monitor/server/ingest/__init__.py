"""The ingest endpoints: read and bound the body, check it, make it durable, answer in the sender's protocol."""
