"""What all modules use and no domain owns: database, Redis, HTTP clients, events, errors, logs, metrics."""
