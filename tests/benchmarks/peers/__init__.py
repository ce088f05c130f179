"""What others would pick, written from its public documentation; it runs in .venv-peers without us."""
