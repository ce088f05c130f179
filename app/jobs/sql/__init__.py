"""SQL of jobs: what comes in, is claimed, moves on, is paused, counted and forgotten."""
