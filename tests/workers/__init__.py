"""Tests of workers/: on a real Valkey, with real worker processes where it matters."""
