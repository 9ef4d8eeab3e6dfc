"""The pages: what people see of the monitor, live."""
